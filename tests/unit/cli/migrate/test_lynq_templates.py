"""Go templates of Lynq become expressions that make the same objects. What is expected follows from Lynq's rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cli.migrate.lynqs import convert, differences, form, hub, losses, made_of, widget

BLUE: dict[str, Any] = {"plan": "pro", "replicas": 3, "region": None, "url": "https://Shop.example.com:8443/a"}
JSON_TEXT = '{"size": 2, "hosts": ["a", "b"], "tags": {"y": "2", "x": "1"}, "name": "n"}'

SAME = [
    # (Go template, values of the row, what Lynq's object has there)
    ("plain text", {}, "plain text"),
    ("{% raw %} and {# this #}", {}, "{% raw %} and {# this #}"),
    ("{{ .uid }}", {}, "acme"),
    ("{{.uid}}-x", {}, "acme-x"),
    ("{{ .replicas }}", BLUE, "3"),
    ("{{ .region }}", BLUE, ""),
    ("a-{{ .region }}-b", BLUE, "a--b"),
    ("{{ .replicas | int }}", BLUE, 3),
    ("{{ .replicas | int }}", {"replicas": "4"}, 4),
    ("{{ .replicas | int }}", {"replicas": "3.9"}, 3),
    ("{{ .replicas | int }}", {"replicas": "many"}, 0),
    ("{{ .replicas | int }}", {"replicas": None}, 0),
    ('{{ .replicas | default "2" | int }}', {"replicas": None}, 2),
    ('{{ .replicas | default "2" | int }}', {"replicas": 0}, 0),
    ("{{ .replicas | float }}", {"replicas": "1.5"}, 1.5),
    ("{{ .replicas | float }}", {"replicas": "x"}, 0),
    ("{{ .plan | bool }}", {"plan": "Yes"}, True),
    ("{{ .plan | bool }}", {"plan": "T"}, True),
    ("{{ .plan | bool }}", {"plan": 1}, True),
    ("{{ .plan | bool }}", {"plan": "2"}, False),
    ("{{ .plan | bool }}", {"plan": None}, False),
    ('{{ .plan | default "basic" }}', BLUE, "pro"),
    ('{{ .region | default "eu" }}', BLUE, "eu"),
    ('{{ index . "region" | default "eu" }}', BLUE, "eu"),
    ('{{ index . "my-tag" }}', {"my_tag": "t"}, "t"),
    ('{{ index . "unmapped" | default "none" }}', {}, "none"),
    ("{{ .key }}", {"row_key": "k"}, "k"),
    ("{{ .hubId }}/{{ .templateRef }}", {}, "shops/web"),
    ("{{ .activate }}", {"activate": 1}, "1"),
    ("{{ .hostOrUrl }}", {"hostOrUrl": None}, "acme"),
    ("{{ .host }}", {"hostOrUrl": None}, "acme"),
    ("{{ .host }}", {"hostOrUrl": "https://shop.example.com/x"}, "shop.example.com"),
    ("{{ .url | toHost }}", {"url": "shop.example.com:80"}, "shop.example.com"),
    ("{{ .url | toHost }}", {"url": None}, ""),
    ("{{ .uid | trunc63 }}", {"uid": "a" * 62 + "-b"}, "a" * 62 + "-"),
    ("{{ .uid | sha1sum | trunc 8 }}", {}, "293abb6b"),
    ("{{ trunc -2 .uid }}", {}, "me"),
    ('{{ .uid | replace "-" "_" | upper }}', {"uid": "a-b"}, "A_B"),
    ('{{ lower "ABC" }}{{ title "abc" }}', {}, "abcAbc"),
    ("{{ quote .plan }} {{ squote .plan }}", {"plan": 'a"b'}, '"a\\"b" \'a"b\''),
    ("{{ .plan | b64enc }}", BLUE, "cHJv"),
    ('{{ "cHJv" | b64dec }}', {}, "pro"),
    ('{{ printf "%s-%s" .uid (.region | default "default") }}', BLUE, "acme-default"),
    ('{{ printf "%d%%" 50 }}', {}, "50%"),
    ('{{ printf "%05d" (int64 .replicas) }}', BLUE, "00003"),
    ('{{ printf "%q" .plan }}', BLUE, '"pro"'),
    ('{{- $base := printf "%s-%s" .uid .plan -}}{{ $base | trunc63 }}', BLUE, "acme-pro"),
    ('{{ if eq .plan "pro" }}3{{ else }}1{{ end }}', BLUE, "3"),
    ('{{ if eq .plan "pro" }}{{ 3 | int }}{{ else }}{{ 1 | int }}{{ end }}', BLUE, 3),
    ('{{ if eq .replicas "3" }}three{{ end }}', BLUE, "three"),
    ('{{ if eq .plan "free" "pro" }}a{{ end }}', BLUE, "a"),
    ('{{ if ne .plan "pro" }}a{{ else if .region }}b{{ else }}c{{ end }}', BLUE, "c"),
    ("{{ if .replicas }}yes{{ end }}", {"replicas": 0}, "yes"),
    ("{{ if .region }}yes{{ end }}", BLUE, ""),
    ("{{ if not .region }}yes{{ end }}", BLUE, "yes"),
    ('x {{ if and .plan (eq .plan "pro") }}a{{ end }}{{ if or .region .plan }}b{{ end }}', BLUE, "x ab"),
    ('{{ ternary "a" "b" (eq .plan "pro") }}', BLUE, "a"),
    ('{{ ternary 3 1 (eq .plan "pro") | int }}', BLUE, 3),
    ('{{ eq .plan "pro" }}', BLUE, "true"),
    ('{{ coalesce .region .plan "z" }}', BLUE, "pro"),
    ('{{ empty .region }} {{ contains "r" .plan }} {{ hasPrefix "p" .plan }}', BLUE, "true true true"),
    ("{{ with .plan }}[{{ . }}]{{ end }}", BLUE, "[pro]"),
    ("{{ with .region }}[{{ . }}]{{ else }}none{{ end }}", BLUE, "none"),
    ("a {{- /* why */ -}} b", {}, "ab"),
    ("{{ add 1 .replicas }} {{ sub 5 2 }} {{ mul 2 3 }} {{ div 7 2 }} {{ mod 7 2 }}", BLUE, "4 3 6 3 1"),
    ("{{ add 1 2 }}", {}, "3"),
    ("{{ max 1 5 2 }}", {}, "5"),
    ('{{ trimSuffix "-x" "a-x" }}{{ trimPrefix "a" "ab" }}{{ trim " c " }}', {}, "abc"),
    ('{{ (split "-" .uid)._1 }}', {"uid": "a-b"}, "b"),
    ('{{ range splitList "," .note }}<{{ . }}>{{ end }}', {"note": "a,b"}, "<a><b>"),
    ('{{ join "+" (splitList "," .note) }}', {"note": "a,b"}, "a+b"),
    ("{{ range $i, $e := splitList \",\" .note }}{{ $i }}={{ $e }};{{ end }}", {"note": "a,b"}, "0=a;1=b;"),
    ("{{ range until 3 }}{{ . }}{{ end }}", {}, "012"),
    ("{{ (fromJson .config).size }}", {"config": JSON_TEXT}, "2"),
    ("{{ (fromJson .config).size | int }}", {"config": JSON_TEXT}, 2),
    ("{{ range (fromJson .config).hosts }}{{ . }},{{ end }}", {"config": JSON_TEXT}, "a,b,"),
    ("{{ range $k, $v := (fromJson .config).tags }}{{ $k }}{{ $v }}{{ end }}", {"config": JSON_TEXT}, "x1y2"),
    ("{{ range fromJson .config }}{{ . }}{{ else }}none{{ end }}", {"config": None}, "none"),
    ('{{ $x := "a" }}{{ if .plan }}{{ $x = "b" }}{{ end }}{{ $x }}', BLUE, "b"),
    ("{{`{{ .uid }}`}}", {}, "{{ .uid }}"),
    ("{{ .note }}", {"note": "{{ uid }}"}, "{{ uid }}"),
    ('{{ regexReplaceAll "a(.)" .note "${1}x" }}', {"note": "abac"}, "bxcx"),
    ('{{ regexMatch "^p" .plan }}', BLUE, "true"),
    ('{{ "line" | nindent 2 }}', {}, "\n  line"),
    ("{{ sha256sum .uid | substr 0 4 }}", {}, "822b"),
    ("{{ len .plan }}", BLUE, "3"),
    ('{{ list 1 2 | first }}{{ dict "a" "b" | toJson }}', {}, '1{"a":"b"}'),
    ("{{ nil | default .plan }}", BLUE, "pro"),
]  # fmt: skip

NOT_CONVERTED = [
    ("{{ now }}", "another value each time"),
    ('{{ now | date "2006" }}', "another value each time"),
    ("{{ randAlphaNum 32 }}", "another value each time"),
    ('{{ env "HOME" }}', "nothing outside of the row"),
    ("{{ .unmapped }}", "extraValueMappings of LynqHub shops has no unmapped"),
    ("{{ if gt .replicas 3 }}a{{ end }}", "compares a text with a number"),
    ('{{ printf "%d" .replicas }}', "put int before it"),
    ("{{ template \"x\" }}", "has no equal"),
    ("{{ .plan | nosuch }}", "nosuch has no equal"),
    ("{{ if .plan }}x", "has no {{ end }}"),
    ("{{ .plan", "no action of a Go template"),
    ("{{ end }}", "belongs to nothing"),
    ("{{ range .plan }}x{{ end }}", "is no list"),
    ("{{ .plan.name }}", "is a text and has no field name"),
    ("{{ . }}", "the whole row is no value"),
    ("{{ replace .plan }}", "does not take 1 arguments"),
    ('{{ $x := "" }}{{ range until 2 }}{{ $x = "a" }}{{ end }}{{ $x }}', "in a loop"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "row", "expected"), SAME, ids=[source for source, *_ in SAME])
def test_a_template_makes_what_it_makes_in_lynq(source: str, row: dict[str, Any], expected: Any) -> None:
    found = made_of(widget(source), row)["spec"]["field"]
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(("source", "why"), NOT_CONVERTED, ids=[source for source, _ in NOT_CONVERTED])
def test_what_has_no_equal_is_told_with_its_place(source: str, why: str) -> None:
    conversion = convert(hub(), form(widget(source)))
    notes = [note for note in conversion.notes.found if note.lost]
    assert [note.place for note in notes] == ["LynqForm web: manifests[it].spec.spec.field"]
    assert why in notes[0].message


def test_what_could_not_be_converted_fails_and_names_the_original() -> None:
    entry = convert(hub(), form(widget("{{ now }}"))).objects[1]["spec"]["resources"][0]
    assert "not converted from Lynq: {{ now }}" in entry["object"]["spec"]["field"]
    assert entry["object"]["spec"]["field"].startswith("{{ none | required(")


@pytest.mark.parametrize("source", ["x-{{ .replicas | int }}", "{{ if .plan }}{{ .replicas | int }}{{ end }} "])
def test_a_number_inside_of_a_text_is_told_of_since_lynq_leaves_a_marker(source: str) -> None:
    told = differences(convert(hub(), form(widget(source))))
    assert "leaves the marker" in told["LynqForm web: manifests[it].spec.spec.field"]


def test_numbers_are_texts_where_kubernetes_wants_texts() -> None:
    spec = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"size": "{{ .replicas | int }}"}}
    assert made_of({"id": "it", "nameTemplate": "it", "spec": spec}, {"replicas": 3})["data"] == {"size": "3"}


def test_a_list_in_a_list_is_left_as_it_is() -> None:
    found = made_of(widget([["{{ .uid }}"], ["{% x %}"]]), {})["spec"]["field"]
    assert found == [["{{ .uid }}"], ["{% x %}"]]


def test_a_label_without_a_value_is_left_out_and_told_of() -> None:
    resource = widget(labelsTemplate={"plan": "{{ .plan }}", "uid": "{{ .uid }}"})
    assert made_of(resource, {"plan": None})["metadata"]["labels"] == {"uid": "acme"}
    assert (
        "is left out here"
        in differences(convert(hub(), form(resource)))["LynqForm web: manifests[it].labelsTemplate.plan"]
    )


def test_losses_of_the_whole_corpus_are_none() -> None:
    widgets = [widget(source, id=f"w{index}", nameTemplate=f"w{index}") for index, (source, *_) in enumerate(SAME)]
    assert losses(convert(hub(), form(*widgets))) == []
