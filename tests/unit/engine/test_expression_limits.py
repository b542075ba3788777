"""What an expression may not do: reach out of its sandbox, or take the time and memory of everybody else.

Nothing here measures time: without its bound each of these would take minutes, or all memory.
"""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import compile_resources
from tenantry.engine.render import RenderError, render_entry, template_context
from tests.support.rendering import problems, refusal, render, widget_with

BIG = "('x' * 1000000)"
TEXTS = {
    "repeated text": "{{ 'x' * 1000000000000 }}",
    "text repeated from the right": "{{ 1000000000000 * 'x' }}",
    "repeated twice": "{{ 'x' * 1000000 * 1000000 }}",
    "added": "{{ " + " + ".join([BIG] * 3) + " }}",
    "joined with ~": "{{ " + " ~ ".join([BIG] * 3) + " }}",
    "mixed": f"{{{{ {BIG} }}}}" * 3,
    "doubled with ~": "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 64 + "{{ a | length }}",
    "doubled with +": "{% set a = 'x' %}" + "{% set a = a + a %}" * 64 + "{{ a | length }}",
    "doubled in set blocks": "{% set a = 'x' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 64 + "{{ a | length }}",
    "output of a loop": "{% for i in range(10000) %}{{ 'x' * 1000000 }}{% endfor %}",
    "joined": "{{ range(10000) | join('x' * 1000000) }}",
    "joined by a method": "{{ ('x' * 1000000).join('y' * 1000000) }}",
    "replaced": f"{{{{ {BIG} | replace('x', {BIG}) }}}}",
    "replaced by a method": f"{{{{ {BIG}.replace('x', {BIG}) }}}}",
    "replaced nothing": f"{{{{ {BIG} | replace('', {BIG}) }}}}",
    "centred": "{{ 'x' | center(1000000000000) }}",
    "centred by a method": "{{ 'x'.center(1000000000000) }}",
    "ljust": "{{ 'x'.ljust(1000000000000) }}",
    "rjust": "{{ 'x'.rjust(1000000000000) }}",
    "zfill": "{{ 'x'.zfill(1000000000000) }}",
    "expandtabs": "{{ '\\t'.expandtabs(tabsize=1000000000000) }}",
    "indented": "{{ ('\\n' * 1000000) | indent(1000000, true, true) }}",
    "indented by a text": f"{{{{ ('\\n' * 1000) | indent({BIG}, true, true) }}}}",
    "percent width": "{{ '%1000000000d' % 1 }}",
    "percent precision": "{{ '%.1000000000f' % 1 }}",
    "percent star": "{{ '%*d' % (1000000000, 1) }}",
    "percent names": f"{{{{ ('%(a)s' * 100000) % {{'a': {BIG}}} }}}}",
    "percent of a list": "{{ '%s' % [[0] * 10000] }}",
    "format filter": "{{ '%1000000000d' | format(1) }}",
    "format filter with names": f"{{{{ ('%(a)s' * 100000) | format(a={BIG}) }}}}",
    "format width": "{{ '{:1000000000}'.format(1) }}",
    "format nested width": "{{ '{:{}}'.format(1, 1000000000) }}",
    "format repeated": f"{{{{ ('{{0}}' * 100000).format({BIG}) }}}}",
    "format_map": f"{{{{ ('{{a}}' * 100000).format_map({{'a': {BIG}}}) }}}}",
    "bytes": "{{ 'x'.encode().ljust(1000000000000) }}",
    "bytes of an integer": "{{ (1).to_bytes(1000000000000, 'big') }}",
    "attribute": "{{ ('x' | attr('ljust'))(1000000000000) }}",
    "mapped": "{{ range(10000) | map('string') | map('center', 1000000) | list }}",
    "mapped and joined": "{{ range(10000) | map('string') | map('center', 1000000) | join }}",
    "mapped and sorted": "{{ range(10000) | map('string') | map('center', 1000000) | sort }}",
    "translated": f"{{{{ {BIG}.translate({{120: {BIG}}}) }}}}",
}
LISTS = {
    "repeated list": "{{ [0] * 1000000000000 }}",
    "list of lists": "{{ [[0] * 10000] * 10000 }}",
    "list of texts": "{{ ['x' * 1000000] * 10000 }}",
    "tuple": "{{ (0,) * 1000000000000 }}",
    "as json": "{{ ([[0] * 10000] * 10000) | tojson }}",
    "as text": "{{ ([[0] * 10000] * 10000) | string }}",
    "doubled list": "{% set a = [0] %}" + "{% set a = [a, a] %}" * 64 + "{{ a | string }}",
    "doubled tuple": "{% set a = (0,) %}" + "{% set a = (a, a) %}" * 64 + "{{ a | length }}",
    "doubled mapping": "{% set a = {} %}" + "{% set a = {'x': a, 'y': a} %}" * 64 + "{{ a | length }}",
    "added list": "{% set a = [0] %}" + "{% set a = a + a %}" * 64 + "{{ a | length }}",
    "compared": "{% set a = [0] %}{% set b = [0] %}" + "{% set a = [a, a] %}{% set b = [b, b] %}" * 64 + "{{ a == b }}",
    "range": "{{ range(1000000000000) }}",
    "range of no length": "{{ range(10 ** 30) }}",
    "range as list": "{{ range(1000000) | list }}",
    "sum of lists": "{{ ([[0] * 10000] * 100) | sum(start=[]) }}",
    "batch": "{{ [1] | batch(1000000000, 'x') | list }}",
    "slice": "{{ [1] | slice(1000000000) | list }}",
    "fromkeys": "{{ {}.fromkeys(range(10000), 'x' * 1000000) }}",
    "dict": "{{ dict(a=[[0] * 10000] * 10000) }}",
    "default of an attribute": "{{ range(10000) | map(attribute='a', default=[0] * 10000) | list }}",
    "items": "{{ range(10000) | map('batch', 1) | map('list') | list | tojson }}{{ [range(10000)] * 9999 }}",
    "split": "{% for i in range(10000) %}{{ ('x ' * 100000).split() | length }}{% endfor %}",
}
NUMBERS = {
    "power": "{{ 9 ** 9 ** 9 }}",
    "power of a power": "{{ 10 ** 10 ** 10 }}",
    "doubled number": "{% set a = 3 %}" + "{% set a = a * a %}" * 64 + "{{ a % 2 }}",
    "from digits": "{{ ('9' * 1000000) | int + 1 and 1 / 0 }}",
    "from hexadecimal digits": "{{ ('f' * 1000000) | int(0, 16) // 3 }}",
    "rounded": "{{ 5 | round(-1000000000) }}",
    "rounded up": "{{ 5 | round(1000000000, 'ceil') }}",
}
TIMES = {
    "nested loops": "{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}",
    "filtered loops": "{% for a in range(9999) %}{% for b in range(9999) if b > 99999 %}{% endfor %}{% endfor %}",
    "loop over an endless text": "{% for a in 'x' * 1000000 %}{% for b in 'x' * 1000000 %}{% endfor %}{% endfor %}",
    "filters in a loop": "{% for a in range(10000) %}{{ ('a b ' * 200000) | wordcount }}{% endfor %}",
    "tests in a loop": "{% for a in range(10000) %}{{ ('x' * 1000000) is lower }}{% endfor %}",
    "comparisons in a loop": "{% set b = 'x' * 999999 %}{% for a in range(10000) %}{{ 'y' in b }}{% endfor %}",
    "generators in a loop": "{% for a in range(10000) %}{{ range(10000) | map('abs') | max }}{% endfor %}",
    "sorting in a loop": "{% for a in range(10000) %}{{ range(10000) | sort | first }}{% endfor %}",
    "methods in a loop": "{% for a in range(10000) %}{{ ('x' * 1000000).upper() | length }}{% endfor %}",
    "long words": "{{ ('x' * 1000000) | wordwrap(1) | length }}",
}


FUNCTIONS = {
    "joined with json": "{% set a = [0] %}" + "{% set a = [a, a] %}" * 64 + "{{ a | tojson }}",
    "joined with yaml": "{% set a = [0] %}" + "{% set a = [a, a] %}" * 64 + "{{ a | toyaml }}",
    "large yaml": "{{ ([[0] * 10000] * 10000) | toyaml }}",
    "deep json": "{{ ('[' * 100 ~ ']' * 100) | fromjson }}",
    "very deep json": "{{ ('[' * 100000 ~ ']' * 100000) | fromjson }}",
    "long json": "{{ ('[' ~ '0,' * 500000 ~ '0]') | fromjson | length }}",
    "json in a loop": "{% for a in range(10000) %}{{ ('[' ~ '0,' * 100 ~ '0]') | fromjson | length }}{% endfor %}",
    "deep yaml": "{{ ('[' * 100 ~ ']' * 100) | fromyaml }}",
    "very deep yaml": "{{ ('[' * 100000 ~ ']' * 100000) | fromyaml }}",
    "deep yaml in block style": "{{ ('- ' * 100000 ~ '0') | fromyaml }}",
    "yaml of questions": "{{ ('? ' * 100000 ~ '0') | fromyaml }}",
    "long yaml": "{{ ('- 0\n' * 100000) | fromyaml | length }}",
    "laughing yaml": "{{ '{a: &a [x, x], b: &b [*a, *a], c: [*b, *b]}' | fromyaml }}",
    "yaml that contains itself": "{{ '&a [*a]' | fromyaml }}",
    "yaml that makes an object": "{{ '!!python/object/apply:os.getcwd []' | fromyaml }}",
    "json with a large number": "{{ ('9' * 100000) | fromjson }}",
    "yaml with a large number": "{{ ('9' * 300) | fromyaml }}",
    "long base64": "{% for a in range(10000) %}{{ ('x' * 100000) | b64encode | length }}{% endfor %}",
    "base64 doubled": "{% set a = 'x' * 1000000 %}{{ a | b64encode }}",
    "long base64 decoded": "{% for a in range(10000) %}{{ ('eHh4' * 10000) | b64decode | length }}{% endfor %}",
    "sha1 of long texts": "{% for a in range(10000) %}{{ ('x' * 1000000) | sha1 }}{% endfor %}",
    "sha256 of long texts": "{% for a in range(10000) %}{{ ('x' * 1000000) | sha256 }}{% endfor %}",
    "buckets of long texts": "{% for a in range(10000) %}{{ ('x' * 1000000) | bucket(4) }}{% endfor %}",
    "slugs of long texts": "{% for a in range(10000) %}{{ ('é' * 1000000) | slug }}{% endfor %}",
    "truncated long texts": "{% for a in range(10000) %}{{ ('-' * 1000000) | trunc(999999) }}{% endfor %}",
    "titles of long texts": "{% for a in range(10000) %}{{ ('x' * 1000000) | title | length }}{% endfor %}",
    "trimmed long texts": "{% for a in range(10000) %}{{ (' ' * 1000000) | trim }}{% endfor %}",
    "long host": "{{ ('a.' * 500000) | to_host }}",
    "long url": "{{ ('http://a/' ~ 'a' * 500000) | url_part('path') }}",
    "long network": "{{ ('1' * 500000 ~ '/8') | cidr_host(1) }}",
    "host beyond a network": "{{ '10.0.0.0/8' | cidr_host(10 ** 1000) }}",
    "subnets without end": "{{ '::/0' | cidr_subnet(10 ** 1000, 0) }}",
    "long integer": "{{ ('9' * 1000000) | int(0) }}",
    "long integer without default": "{{ ('9' * 10000) | int }}",
    "long float": "{{ ('9' * 1000000) | float }}",
    "large float": "{{ '1e999999999' | float }}",
    "long quantity": "{{ ('9' * 1000000) | quantity }}",
    "large quantity": "{{ '1e99' | quantity }}",
    "quantity of a large exponent": "{{ '1e999999999' | quantity }}",
    "quantity of a small exponent": "{{ '1e-999999999' | quantity }}",
    "quantity multiplied": "{% set a = '1Ei' | quantity %}{{ a * 10 ** 1000 }}",
    "quantity of a large number": "{{ 10 ** 1000 | quantity }}",
    "quantity divided": "{% set a = '1' | quantity %}" + "{% set a = a / (3 ** 2000) %}" * 9 + "{{ a }}",
    "quantity in a loop": "{% for a in range(10000) %}{{ ('1' | quantity / (3 ** 2000)) | quantity('n') }}{% endfor %}",
    "long version": "{{ ('1.0.0-' ~ '1.' * 500000 ~ '1') | semver }}",
    "large version": "{{ ('9' * 100 ~ '.0.0') | semver }}",
    "alternatives": "{% for i in range(99) %}{{ ('a' * 10000 ~ 'b') | regex_match('(a|aa)+$') }}{% endfor %}",
    "repeated repetition": "{{ 'a' | regex_match('((a{0,99}){0,99}){0,99}') }}",
    "large repetition": "{{ 'a' | regex_match('(a|b){1000}') }}",
    "states": "{{ ('ab' * 50000) | regex_match('(a|b)*a(a|b){200}c') }}",
    "long pattern": "{{ 'a' | regex_match('a' * 100000) }}",
    "deep pattern": "{{ 'a' | regex_match('(' * 900 ~ ')' * 90) }}",
    "backreference": "{{ 'aa' | regex_match('(a)\\\\1') }}",
    "patterns without end": "{% for a in range(10000) %}{{ 'a' | regex_match('a{' ~ a % 99 ~ '}') }}{% endfor %}",
    "replaced quadratically": "{{ ('a' * 100000) | regex_replace('a.*b|a', '') }}",
    "replaced by long texts": "{{ ('x' * 1000) | regex_replace('x', 'y' * 100000) }}",
    "replaced by long groups": "{{ ('x' * 10000) | regex_replace('.+', '\\\\0' * 1000) }}",
    "replaced nothing with a text": "{{ ('x' * 10000) | regex_replace('', 'y' * 10000) }}",
    "coalesced": "{% for a in range(10000) %}{{ none | coalesce('x' * 1000000) | length }}{% endfor %}",
    "chosen": "{% for a in range(10000) %}{{ true | ternary('x' * 1000000, '') | length }}{% endfor %}",
    "truths": "{% for a in range(10000) %}{{ ('x' * 1000000) | bool(false) }}{% endfor %}",
    "required in a loop": "{% for a in range(10000) %}{{ ('x' * 1000000) | required('x') | length }}{% endfor %}",
}


def _all(*groups: dict[str, str]) -> list[Any]:
    return [pytest.param(source, id=name) for group in groups for name, source in group.items()]


@pytest.mark.parametrize("source", _all(TEXTS, LISTS, NUMBERS, TIMES, FUNCTIONS))
def test_a_bomb_is_a_render_error(source: str) -> None:
    assert refusal(source).path == ".spec.field"


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ [''] | map(attribute='__class__') | list }}",
        "{{ [''] | groupby('__class__') | list }}",
        "{{ ['', 'a'] | sort(attribute='__class__') }}",
        "{{ [''] | sum(attribute='__class__') }}",
        "{{ [''] | join(attribute='__class__') }}",
        "{{ range.__globals__ }}",
        "{{ range.__wrapped__ }}",
        "{{ self.__init__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ '%s' % (''.__class__,) }}",
        "{{ uid.format_map }}",
        "{{ lipsum() }}",
        "{{ cycler.__init__ }}",
        "{{ namespace(a=1) }}",
        "{{ joiner }}",
        "{{ tenant.__dict__ }}",
        "{{ tenant.update(name='x') }}",
        "{{ tenant.labels.setdefault('a', 1) }}",
        "{{ tenant.clear() }}",
        "{{ tenant.pop('name') }}",
        "{{ [1].append(2) }}",
        "{{ [1].extend([2]) }}",
        "{% for x in [1] %}{{ loop.__init__ }}{% endfor %}",
        "{{ ('1' | quantity)._amount }}",
        "{{ ('1' | quantity).units() }}",
        "{{ ('1' | quantity).number }}",
        "{{ ('1' | quantity).__class__ }}",
        "{{ ('1.0.0' | semver)._order }}",
        "{{ ('1.0.0' | semver).__class__ }}",
        "{{ dict.fromkeys([1]) }}",
        "{{ dict.__base__ }}",
        "{{ (1).from_bytes }}",
        "{{ (1).real.__class__ }}",
        "{{ context }}",
        "{{ environment }}",
        "{{ caller() }}",
    ],
)
def test_nothing_outside_of_the_sandbox_can_be_reached(source: str) -> None:
    assert refusal(source).path == ".spec.field"


@pytest.mark.parametrize(
    "source",
    [
        "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{% for x in [1] recursive %}{{ loop([x]) }}{% endfor %}",
        "{% call f() %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% autoescape true %}x{% endautoescape %}",
        "{% if true %}{% include 'x' %}{% endif %}",
        "{% do x %}",
        "{% debug %}",
        "{{ x | random }}",
        "{{ x | urlize }}",
        "{{ x | nothing }}",
        "{{ x is nothing }}",
        "{{ x",
        "{{ }}",
        "{% if x %}",
        "{{ x | }}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ " + "[" * 300 + "1" + "]" * 300 + " }}",
        "{{ " + "-" * 5000 + "1 }}",
        "{{ " + "not " * 5000 + "1 }}",
        "{{ 1" + " + 1" * 5000 + " }}",
        "{% if x %}" * 200 + "{% endif %}" * 200,
        "{% for x in y %}" * 30 + "{% endfor %}" * 30,
    ],
    ids=lambda source: source[:30],
)
def test_what_cannot_be_compiled_is_a_problem_of_its_path(source: str) -> None:
    found = problems({"id": "it", "object": widget_with(source)})
    assert [problem.path for problem in found] == ["resources[it].object.spec.field"]


@pytest.mark.parametrize(
    "source", ["{{ 'x' * 100000 }}", "{% for i in range(5000) %}{{ i }},{% endfor %}", "{{ [0] * 5000 }}"]
)
def test_a_large_but_sensible_value_is_rendered(source: str) -> None:
    assert len(render(source)) >= 5000


def test_an_entry_with_an_endless_loop_leaves_the_others_their_steps() -> None:
    loop = "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"
    bombs = [{"id": f"bomb{n}", "object": widget_with(loop)} for n in range(50)]
    small = {"id": "small", "object": widget_with("{% for i in range(100) %}{{ i }}{% endfor %}")}
    compiled = compile_resources([*bombs, small])
    context = template_context(uid="acme", name="shops.acme", values={})
    for entry in compiled.entries[:-1]:
        with pytest.raises(RenderError):
            render_entry(entry, context)
    assert len(render_entry(compiled.entries[-1], context)["spec"]["field"]) == 190


def test_the_guilty_expression_is_blamed_for_a_loop_and_not_an_earlier_one() -> None:
    loop = "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"
    small = "{% for i in range(2000) %}{{ i }}{% endfor %}"
    assert refusal({"a": small, "b": loop, "c": small}).path == ".spec.field.b"


def test_a_limit_says_what_to_do() -> None:
    assert "shorten" in refusal("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}").message
