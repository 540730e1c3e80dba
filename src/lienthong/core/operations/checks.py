"""Are the parts of the core well: journal, keys, queue, files, backups, fonts; and the outside (CORE-98)."""

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from lienthong.contracts import ports
from lienthong.contracts.health import Check, Finding, Level
from lienthong.contracts.scanner import ScannerUnavailable
from lienthong.core import jobs, lawbook, outbox
from lienthong.core.audit import sealing
from lienthong.core.audit.models import JournalEntry
from lienthong.core.files import integrity, scanning
from lienthong.core.operations import measures
from lienthong.core.operations.policies import BACKED_UP
from lienthong.core.signing import expiry, service
from lienthong.kit import clock

_DEAD_REMEDY = "Mở Quản trị › Việc nền, đọc lý do, rồi cho chạy lại hoặc bỏ hẳn."


def journal() -> Iterator[Finding]:
    """Nothing stands unsealed for more than a minute (CORE-73)."""
    lag = measures.unsealed_seconds()
    if lag > measures.SEAL_SECONDS:
        yield Finding(
            "journal.unsealed",
            f"Có dòng nhật ký chưa niêm phong đã {lag:.0f} giây.",
            Level.FAULT,
            "Cho tới khi niêm phong, dòng nhật ký chưa tự chứng minh được là không bị sửa.",
            "Xem `lienthong worker` có chạy không và khóa của nút còn hạn không.",
        )
    else:
        yield Finding("journal", "Nhật ký được niêm phong đều.")
    waiting = sealing.unstamped_since()
    if waiting is not None and clock.now() - waiting > timedelta(seconds=settings.JOURNAL_STAMP_SECONDS * 5):
        yield Finding(
            "journal.unstamped",
            f"Chưa có dấu thời gian cho nhật ký từ {clock.local(waiting):%H:%M %d/%m/%Y}.",
            Level.WARN,
            "Dịch vụ dấu thời gian không trả lời; ký và gửi văn bản vẫn chạy.",
            "Kiểm tra đường tới các địa chỉ trong LIENTHONG_TSA.",
        )


def keys() -> Iterator[Finding]:
    """No demo root in production, keystore closed to others and under a passphrase (CORE-62, CORE-70)."""
    found = service.problems()
    for number, text in enumerate(found):
        yield Finding(
            f"signing.{number}",
            text,
            Level.FAULT,
            "Chữ ký và niêm phong của nút không đáng tin khi còn điểm này.",
            "Xem docs/howto/deploy.md, mục 7 (kho khóa) và mục 4 (dấu thời gian, gốc tin cậy).",
        )
    folder = Path(settings.KEYSTORE_DIR)
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        yield Finding(
            "signing.keystore",
            "Không đọc được thư mục kho khóa.",
            Level.FAULT,
            "Không khóa nào dùng được: không ký, không niêm phong.",
            "Sửa chủ sở hữu thư mục kho khóa về tài khoản chạy phần mềm, quyền 0700.",
        )
    elif not found:
        yield Finding("signing", "Kho khóa kín và danh sách tin cậy không còn gốc thử nghiệm.")


def certificates() -> Iterator[Finding]:
    """Certificates that end soon have a successor (CORE-70)."""
    ending = expiry.ending()
    for item in ending:
        yield Finding(
            f"certificate.{item.certificate.pk}",
            f"Chứng thư của {item.certificate.name} hết hạn ngày {clock.local(item.certificate.valid_to):%d/%m/%Y}.",
            Level.FAULT if item.days <= 1 else Level.WARN,
            "Hết hạn là không ký, không gửi được dưới tên này.",
            "Xin cấp chứng thư mới và thêm vào trước khi hết hạn; khóa cũ vẫn giữ để kiểm chữ ký cũ.",
        )
    if not ending:
        yield Finding("certificate", f"Không chứng thư nào hết hạn trong {expiry.thresholds()[0]} ngày tới.")


def queue() -> Iterator[Finding]:
    """No job and no message lies dead or waits long (CORE-88)."""
    work, mail = jobs.health(), outbox.health()
    dead = work.dead + mail.dead
    if dead:
        yield Finding(
            "queue.dead",
            f"{work.dead} việc nền và {mail.dead} thông điệp đã dừng vì lỗi.",
            Level.WARN,
            "Việc đã dừng không tự chạy lại.",
            _DEAD_REMEDY,
        )
    oldest = max(work.oldest_seconds, mail.oldest_seconds)
    if oldest > measures.QUEUE_SECONDS:
        yield Finding(
            "queue.slow",
            f"Việc chờ lâu nhất đã {oldest / 60:.0f} phút.",
            Level.FAULT,
            "Có thể không còn `lienthong worker` nào chạy.",
            "Khởi động `lienthong worker`; nếu đang chạy, thêm một tiến trình nữa.",
        )
    if not dead and oldest <= measures.QUEUE_SECONDS:
        yield Finding("queue", f"Hàng việc thông: {work.waiting + mail.waiting} đang chờ, không việc nào dừng vì lỗi.")


def storage() -> Iterator[Finding]:
    """Files can be written, and none was found changed (CORE-60)."""
    folder = Path(settings.FILES_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        yield Finding(
            "files.folder",
            "Không ghi được vào thư mục tệp.",
            Level.FAULT,
            "Không nhận được tệp nào.",
            "Sửa chủ sở hữu của thư mục tệp về tài khoản chạy phần mềm.",
        )
        return
    late = scanning.late()
    if late:
        yield Finding(
            "files.scan",
            f"{late} tệp chờ quét mã độc quá lâu.",
            Level.WARN,
            "Tệp chưa quét không được dùng.",
            "Kiểm tra dịch vụ quét mã độc.",
        )
    overdue = integrity.overdue()
    if overdue:
        yield Finding(
            "files.integrity",
            f"{overdue} tệp chưa được kiểm tra toàn vẹn trong hạn.",
            Level.WARN,
            "Tệp hỏng hoặc bị sửa mà không ai biết (QCVN 12:2026/BCA, 2.2.5.4).",
            "Xem việc files.integrity có chạy không; đọc nhật ký vận hành để biết tệp nào sai mã băm.",
        )
    damaged = integrity.damaged().count()
    if damaged:
        yield Finding(
            "files.damaged",
            f"{damaged} tệp có nội dung mất hoặc khác mã băm.",
            Level.FAULT,
            "Người dùng không mở được những tệp này, hoặc mở ra nội dung sai.",
            "Mở Quản trị › Kho tệp xem tệp nào; chép lại từ bản sao lưu, hoặc đặt LIENTHONG_FILES_COPY để tự sửa.",
        )
    if not late and not overdue and not damaged:
        yield Finding("files", "Tệp ghi được và được kiểm tra toàn vẹn trong hạn.")


def backups() -> Iterator[Finding]:
    """The newest backup is younger than a day and a bit (CORE-96)."""
    newest = JournalEntry.objects.filter(verb=BACKED_UP).order_by("-at").values_list("at", flat=True).first()
    within = timedelta(hours=int(lawbook.get("ops.backup_within_hours")))
    if newest is not None and clock.now() - newest <= within:
        yield Finding("backup", f"Bản sao lưu mới nhất: {clock.local(newest):%H:%M %d/%m/%Y}.")
        return
    since = f"từ {clock.local(newest):%H:%M %d/%m/%Y}" if newest else "lần nào"
    yield Finding(
        "backup.old",
        f"Chưa sao lưu {since}.",
        Level.WARN if settings.PRODUCTION else Level.OK,
        "Máy hỏng là mất mọi việc từ lần sao lưu trước.",
        "Đặt lịch chạy lienthong backup --to … mỗi ngày; cách làm ở docs/howto/backup.md.",
    )


def fonts() -> Iterator[Finding]:
    """The typeface of official paper is there (OF-48)."""
    font = service.paper_font()
    if font.exists():
        yield Finding("fonts", "Phông chữ của văn bản có đủ.")
    else:
        yield Finding(
            "fonts",
            "Thiếu phông chữ của văn bản.",
            Level.FAULT,
            "Văn bản in ra và chữ ký trên PDF sẽ sai chữ.",
            "Chạy `make setup`, hoặc chép thư mục build/fonts từ máy đã dựng.",
        )


def time_stamps() -> Iterator[Finding]:
    """Each authority answers (CORE-69); asks for a stamp, so only `doctor` does it."""
    for authority in service.stamps().services:
        one = type(service.stamps())((authority,))
        try:
            one.stamp(b"lienthong doctor")
        except Exception as error:
            yield Finding(
                f"tsa.{authority.name}",
                f"Dịch vụ dấu thời gian {authority.name} không trả lời đúng ({type(error).__name__}).",
                Level.WARN,
                "Còn dịch vụ khác thì vẫn đóng dấu được; mất hết thì văn bản mang trạng thái chờ dấu thời gian.",
                "Kiểm tra địa chỉ trong LIENTHONG_TSA, tường lửa và tài khoản dịch vụ.",
            )
        else:
            yield Finding(f"tsa.{authority.name}", f"Dịch vụ dấu thời gian {authority.name} trả lời.")


def scanner() -> Iterator[Finding]:
    """The scanner answers and calls plain words clean (CORE-53)."""
    found = ports.get("scanner")
    if found is None:
        yield Finding(
            "scanner",
            "Chưa có dịch vụ quét mã độc: tệp mang trạng thái chưa quét.",
            Level.WARN if settings.PRODUCTION else Level.OK,
            "Tham số file.unscanned quyết định tệp chưa quét có được dùng không.",
            "Cài clamav-daemon trên máy chủ và khai báo địa chỉ.",
        )
        return
    try:
        clean = found.scan(io.BytesIO(b"lien thong")).clean
    except ScannerUnavailable:
        clean = False
    if clean:
        yield Finding("scanner", f"Dịch vụ quét mã độc {found.name} trả lời.")
    else:
        yield Finding(
            "scanner",
            f"Dịch vụ quét mã độc {found.name} không trả lời đúng.",
            Level.FAULT,
            "Tệp mới không được dùng cho tới khi quét xong.",
            "Khởi động lại clamav-daemon, kiểm tra địa chỉ đã khai báo.",
        )


CHECKS: dict[str, Check] = {
    "journal": journal,
    "signing": keys,
    "certificate": certificates,
    "queue": queue,
    "files": storage,
    "backup": backups,
    "fonts": fonts,
}
PROBES: dict[str, Check] = {"tsa": time_stamps, "scanner": scanner}
