"""The app `files`."""

from django.apps import AppConfig
from django.urls import NoReverseMatch, reverse


class FilesConfig(AppConfig):
    """Stored files, their versions, quarantine and scanning."""

    name = "lienthong.core.files"
    label = "files"
    verbose_name = "Tệp"

    def ready(self) -> None:
        """Declare the verbs of files and how other systems show one."""
        from uuid import UUID

        from lienthong.contracts.actor import Actor
        from lienthong.core.files.models import StoredFile
        from lienthong.core.files.reading import may_read
        from lienthong.core.registry import RefKind, Verb, registry

        registry.add_verbs(
            Verb("core:file:store", "tải tệp lên", "Tải tệp lên"),
            Verb("core:file:read", "mở tệp", "Mở tệp"),
            Verb("core:file:erase", "hủy tệp hết thời hạn lưu trữ", "Hủy tệp"),
            Verb("core:file:infected", "phát hiện tệp có mã độc", "Phát hiện mã độc"),
            Verb("core:secret:stop", "giữ riêng tệp có dấu độ mật", "Giữ tệp có dấu mật"),
            Verb("core:secret:wipe", "xóa tệp có dấu độ mật và báo cáo", "Xóa tệp có dấu mật"),
            Verb("core:secret:release", "trả lại tệp bị giữ nhầm", "Trả lại tệp bị giữ"),
        )

        def title(ident: UUID) -> str:
            return StoredFile.objects.filter(pk=ident).values_list("display_name", flat=True).first() or "Tệp"

        def url(ident: UUID) -> str:
            try:
                return reverse("files:download", args=[ident])
            except NoReverseMatch:
                return ""

        def may_see(actor: Actor, ident: UUID) -> bool:
            file = StoredFile.objects.filter(pk=ident).first()
            return file is not None and may_read(actor, file)

        registry.add_kind(RefKind("core:file", "Tệp", title, url, may_see))
