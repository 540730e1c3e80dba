"""Paperless office: the day of clerk, specialist and leader under NĐ 30/2020/NĐ-CP."""
