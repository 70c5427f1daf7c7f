"""Hypothesis strategies for requests to commit a batch."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.exchange.exchange import Request
from conformance.exchange.paths import path
from conformance.selftest.support.invented_exchanges import OPERATION

identifiers = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
headers = st.lists(
    st.tuples(
        st.sampled_from(["X-Auth-Token", "X-Language", "Content-Type", "X-Other"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    ),
    max_size=4,
)
requests = st.builds(
    lambda batch_id, lines, body: Request(
        "POST", path(OPERATION, project_id="p", async_job_id=batch_id), tuple(lines), body
    ),
    identifiers,
    headers,
    st.binary(max_size=40),
)
