"""Trust lists, certificates, pictures and records of signing; no key ever lies here (CORE-62, CORE-70)."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from lienthong.core.audit.guards import append_only, journaled
from lienthong.core.signing.pki import Kind
from lienthong.core.signing.trust import Purpose
from lienthong.core.signing.verdicts import VALUE_TEXT


class TrustAnchor(models.Model):
    """A root or issuer on the trust list: dated, for named purposes, changed by two persons (CORE-62).

    `number` is the version of the list that brought the row in or took it out; versions grow by one.
    """

    class Group(models.TextChoices):
        OFFICIAL = "official", "Chứng thực chuyên dùng công vụ"
        PUBLIC = "public", "Chứng thực công cộng"
        TEST = "test", "Thử nghiệm"

    class Role(models.TextChoices):
        ROOT = "root", "Gốc tin cậy"
        ISSUER = "issuer", "Tổ chức phát hành"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Chờ người thứ hai xác nhận"
        ACTIVE = "active", "Đang tin cậy"
        WITHDRAWING = "withdrawing", "Chờ xác nhận rút"
        WITHDRAWN = "withdrawn", "Đã rút"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.TextField("Tên")
    group = models.CharField("Nhóm", max_length=10, choices=Group.choices)
    role = models.CharField("Vai trò", max_length=10, choices=Role.choices, default=Role.ROOT)
    purposes = ArrayField(
        models.CharField(max_length=20, choices=[(p.value, p.value) for p in Purpose]), verbose_name="Mục đích"
    )
    pem = models.TextField("Chứng thư số")
    fingerprint = models.CharField("Dấu vân tay SHA-256", max_length=64)
    demo = models.BooleanField("Gốc thử nghiệm", default=False)
    trusted_from = models.DateTimeField("Tin cậy từ")
    trusted_to = models.DateTimeField("Tin cậy đến", null=True, blank=True)
    state = models.CharField("Trạng thái", max_length=12, choices=State.choices, default=State.PROPOSED)
    source = models.TextField("Căn cứ", blank=True)
    proposed_by = models.UUIDField("Người đề xuất", null=True, blank=True)
    confirmed_by = models.UUIDField("Người xác nhận", null=True, blank=True)
    number = models.BigIntegerField("Phiên bản danh sách", null=True, blank=True)
    changed_at = models.DateTimeField("Thời điểm thay đổi")

    class Meta:
        verbose_name = "tổ chức chứng thực tin cậy"
        ordering = ["group", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=~Q(state="withdrawn"), name="trust_anchor_once_in_force"
            ),
            # Both empty: brought by the demo world or a release, not by a person.
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="trust_anchor_two_persons",
            ),
        ]
        triggers = journaled()

    def __str__(self) -> str:
        return self.name


class RevocationEvidence(models.Model):
    """A revocation list or an OCSP answer, as its issuer signed it; older ones stay, for they prove the past."""

    class Source(models.TextChoices):
        CRL = "crl", "CRL"
        OCSP = "ocsp", "OCSP"

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField("Loại", max_length=4, choices=Source.choices)
    issuer = models.TextField("Tổ chức phát hành")
    der = models.BinaryField()
    sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField("Phát hành lúc")
    next_update = models.DateTimeField("Hiệu lực đến", null=True, blank=True)
    added_at = models.DateTimeField("Nhận lúc")

    class Meta:
        verbose_name = "dữ liệu thu hồi"
        ordering = ["-issued_at"]
        indexes = [models.Index(fields=["issuer", "-issued_at"], name="revocation_newest")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.issuer}"


class Certificate(models.Model):
    """A certificate used here: of a person in a position, an agency, a system or a time-stamp authority (CORE-67, 70).

    `key_name` names the key in the keystore; empty when the key lies elsewhere (token, remote service).
    """

    class Holder(models.TextChoices):
        PERSON = Kind.PERSON.value, "Cá nhân"
        ORGANISATION = Kind.ORGANISATION.value, "Cơ quan, tổ chức"
        SYSTEM = Kind.SYSTEM.value, "Hệ thống"
        TSA = Kind.TSA.value, "Dịch vụ dấu thời gian"

    class Keeping(models.TextChoices):
        KEYSTORE = "keystore", "Kho khóa trên máy chủ"
        REMOTE = "remote", "Dịch vụ ký từ xa"
        TOKEN = "token", "Thiết bị lưu khóa"
        OFFLINE = "offline", "Ký ngoài hệ thống"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("Chủ thể", max_length=12, choices=Holder.choices)
    user = models.ForeignKey("identity.User", models.PROTECT, null=True, blank=True, related_name="certificates")
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, blank=True, related_name="certificates")
    name = models.TextField("Tên trên chứng thư số")
    position = models.TextField("Chức vụ", blank=True)
    unit = models.TextField("Cơ quan, đơn vị", blank=True)
    issuer = models.TextField("Tổ chức phát hành")
    serial = models.CharField("Số hiệu", max_length=64)
    fingerprint = models.CharField("Dấu vân tay SHA-256", max_length=64, unique=True)
    pem = models.TextField("Chứng thư số và chuỗi")
    keeping = models.CharField("Nơi giữ khóa", max_length=10, choices=Keeping.choices, default=Keeping.KEYSTORE)
    key_name = models.CharField("Tên khóa", max_length=100, blank=True)
    valid_from = models.DateTimeField("Hiệu lực từ")
    valid_to = models.DateTimeField("Hiệu lực đến")
    revoked_at = models.DateTimeField("Thu hồi lúc", null=True, blank=True)
    revoked_reason = models.TextField("Lý do thu hồi", blank=True)
    added_at = models.DateTimeField("Ghi nhận lúc")

    class Meta:
        verbose_name = "chứng thư số"
        ordering = ["name", "-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="certificate_lasts"),
            models.CheckConstraint(
                condition=~Q(kind="person") | Q(user__isnull=False), name="certificate_person_has_account"
            ),
            models.CheckConstraint(
                condition=~Q(kind="organisation") | Q(agency__isnull=False), name="certificate_agency_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "kind"], name="certificate_user"),
            models.Index(fields=["agency", "kind"], name="certificate_agency"),
            models.Index(fields=["valid_to"], name="certificate_end", condition=Q(revoked_at__isnull=True)),
        ]
        triggers = journaled()

    def __str__(self) -> str:
        return f"{self.name} ({self.serial})"


class ExpiryWarning(models.Model):
    """A warning that was sent: once for a certificate and a number of days (CORE-70)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="warnings")
    days = models.PositiveSmallIntegerField("Số ngày còn lại")
    sent_at = models.DateTimeField("Gửi lúc")

    class Meta:
        verbose_name = "cảnh báo hết hạn chứng thư số"
        constraints = [models.UniqueConstraint(fields=["certificate", "days"], name="expiry_warning_once")]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.days}"


class Picture(models.Model):
    """What is seen of a signature: a person's handwriting, or an agency's seal with its registered size (OF-50)."""

    class Kind(models.TextChoices):
        HANDWRITING = "handwriting", "Ảnh chữ ký tay"
        SEAL = "seal", "Ảnh dấu"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("Loại", max_length=12, choices=Kind.choices)
    user = models.ForeignKey("identity.User", models.PROTECT, null=True, blank=True, related_name="+")
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    name = models.TextField("Tên người hoặc chủ thể ban hành")
    png = models.BinaryField()
    diameter_mm = models.DecimalField("Đường kính dấu (mm)", max_digits=4, decimal_places=1, default=36)
    used_from = models.DateTimeField("Dùng từ")
    used_to = models.DateTimeField("Dùng đến", null=True, blank=True)

    class Meta:
        verbose_name = "ảnh chữ ký, ảnh dấu"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(used_to__isnull=True, kind="handwriting"), name="picture_one_handwriting"
            ),
            models.UniqueConstraint(
                fields=["agency", "name"], condition=Q(used_to__isnull=True, kind="seal"), name="picture_one_seal"
            ),
        ]
        triggers = journaled()

    def __str__(self) -> str:
        return self.name


class SignatureRecord(models.Model):
    """One verification of one file, by its hash, under one version of the trust list (CORE-63, EX-22)."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        XML = "xml", "XML"
        CMS = "cms", "CMS"

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    sha256 = models.CharField("Mã băm của tệp", max_length=64)
    kind = models.CharField("Loại", max_length=4, choices=Kind.choices)
    value = models.CharField("Giá trị", max_length=14, choices=[(v.value, text) for v, text in VALUE_TEXT.items()])
    verdict = models.JSONField("Kết luận")
    trust_number = models.BigIntegerField("Phiên bản danh sách tin cậy")
    checked_at = models.DateTimeField("Kiểm tra lúc")

    class Meta:
        verbose_name = "kết quả kiểm tra chữ ký"
        ordering = ["-checked_at"]
        indexes = [models.Index(fields=["sha256", "-checked_at"], name="signature_record_file")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.get_value_display()}"


class WaitingStamp(models.Model):
    """A file that was signed while no time-stamp authority answered: "chờ dấu thời gian" until stamped (CORE-69)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    ref = models.TextField("Đối tượng")
    sha256 = models.CharField("Mã băm của tệp", max_length=64)
    signed_at = models.DateTimeField("Ký lúc")
    due_at = models.DateTimeField("Hạn gắn dấu thời gian")
    alert_at = models.DateTimeField("Báo động lúc")
    alerted_at = models.DateTimeField("Đã báo động lúc", null=True, blank=True)
    stamped_at = models.DateTimeField("Đã gắn lúc", null=True, blank=True)

    class Meta:
        verbose_name = "văn bản chờ dấu thời gian"
        constraints = [models.UniqueConstraint(fields=["ref", "sha256"], name="waiting_stamp_once")]
        indexes = [models.Index(fields=["due_at"], name="waiting_stamp_open", condition=Q(stamped_at__isnull=True))]

    def __str__(self) -> str:
        return self.ref
