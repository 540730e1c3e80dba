import time, cProfile, pstats
import pytest
from django.db import connection, transaction
from lienthong.core import audit
from lienthong.core.audit import sealing
from lienthong.core.audit.tests.conftest import *


@pytest.mark.django_db(transaction=True)
def test_speed(verb, sealer, connect_as):
    n = 10000
    t = time.perf_counter()
    with transaction.atomic():
        for i in range(n):
            audit.record(
                by=Actor(
                    user_id=UUID(int=i % 50),
                    name="x",
                    position="Văn thư",
                    position_id=UUID(int=5),
                    unit_id=UUID(int=6),
                    agency_id=UUID(int=7),
                    session="x",
                    ip="10.0.0.1",
                ),
                verb=verb,
                ref=Ref("test:paper", UUID(int=i)),
                before={"state": "new"},
                after={"n": i, "số": "12/QĐ-TTg", "trích": "Về việc " * 10},
            )
    p = cProfile.Profile()
    p.enable()
    with transaction.atomic():
        for i in range(2000):
            audit.record(
                by=Actor(
                    user_id=UUID(int=i % 50),
                    name="x",
                    position="Văn thư",
                    position_id=UUID(int=5),
                    unit_id=UUID(int=6),
                    agency_id=UUID(int=7),
                    session="x",
                    ip="10.0.0.1",
                ),
                verb=verb,
                ref=Ref("test:paper", UUID(int=i)),
                before={"state": "new"},
                after={"n": i, "số": "12/QĐ-TTg", "trích": "Về việc " * 10},
            )
    p.disable()
    pstats.Stats(p).sort_stats("tottime").print_stats(14)
    print("\nrecord us", (time.perf_counter() - t) / n * 1e6)
    with connection.cursor() as c:
        c.execute("create temp table src as select * from journal_entry")
        t = time.perf_counter()
        c.execute(
            "insert into journal_entry select (jsonb_populate_record(null::journal_entry, to_jsonb(s)||jsonb_build_object('id',i,'canonical', '\\x'||encode(convert_to(replace(convert_from(s.canonical,'UTF8'), s.id::text, i::text),'UTF8'),'hex')))).* from (select *, gen_random_uuid() i from src, generate_series(1,6)) s"
        )
        print("sql insert", time.perf_counter() - t)
    p = cProfile.Profile()
    t = time.perf_counter()
    c0 = time.process_time()
    p.enable()
    got = sealing.seal_pending()
    p.disable()
    print("seal", got, got / (time.perf_counter() - t), "cpu", time.process_time() - c0)
    pstats.Stats(p).sort_stats("tottime").print_stats(12)
    # near mode
    for k in range(3):
        with connection.cursor() as c:
            c.execute("create temp table src2 as select * from journal_entry limit 60000")
            c.execute(
                "insert into journal_entry select (jsonb_populate_record(null::journal_entry, to_jsonb(s)-'txid'||jsonb_build_object('txid',pg_current_xact_id()::text::bigint,'id',i,'canonical', '\\x'||encode(convert_to(replace(convert_from(s.canonical,'UTF8'), s.id::text, i::text),'UTF8'),'hex')))).* from (select *, gen_random_uuid() i from src2) s"
            )
            c.execute("drop table src2")
        t = time.perf_counter()
        got = sealing.seal_pending()
        print("near seal", got, got / (time.perf_counter() - t))
