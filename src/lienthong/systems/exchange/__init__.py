"""Exchange: the document axis (trục liên thông văn bản) between agencies."""
