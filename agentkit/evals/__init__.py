"""Evaluations: agents on benchmarks, with records that survive and statistics that hold.

`runner` evaluates an agent on a benchmark: samples are selected (`selection`), each is carried out
(`sample_run`, `agents`, `answers`), labelled (`labels`) and written down (`record`, `record_file`) in a
folder that belongs to one configuration (`folder`). `summary` and `comparison` read the records with
`statistics`; `recording` keeps a cassette for every sample.
"""
