import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.languages import node
from runner.policy.languages.doing import Doing


def does(text: str) -> Doing:
    return node.read(text, cwd="/w", home="/home/agent")


ORDINARY = """
console.log("ok")
const p = require("./package.json"); console.log(p.version)
[1, 2].map(x => x / 2).filter(x => /1/.test(x))
const m = new Map(); m.get("x"); m.delete("x"); /a/.exec("b")
console.log(process.env.HOME, process.argv[2], process.version)
console.log(`a ${1 + 1} b`)
JSON.parse(require("fs").readFileSync(0, "utf8"))
// eval("x")
/* eval */ 1
const {readFileSync} = require("fs"); readFileSync("a")
import("./x.mjs").then(m => m.default())
""".strip().splitlines()


@pytest.mark.parametrize("text", ORDINARY)
def test_computing_and_printing_is_ordinary(text: str) -> None:
    doing = does(text)
    assert doing.effects.opaque is None, doing.effects.opaque
    assert not doing.effects.hazards
    assert not doing.commands


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("require('child_process').execSync('rm -rf /')", "rm -rf /"),
        ("const cp = require('child_process'); cp.exec('id')", "id"),
        ("const {execSync: e, execSync} = require('child_process'); execSync('id')", "id"),
        ("require('child_process').spawn('rm', ['-rf', '/'])", "rm '-rf' '/'"),
        ("`${require('child_process').execSync('id')}`", "id"),
    ],
)
def test_commands_are_handed_over_to_be_judged(text: str, command: str) -> None:
    assert command in does(text).commands


@pytest.mark.parametrize(
    ("text", "field", "path"),
    [
        ("require('fs').unlinkSync('a')", "deletes", "/w/a"),
        ("const {unlinkSync} = require('fs'); unlinkSync('a')", "deletes", "/w/a"),
        ("require('fs').writeFileSync('a', 'x')", "writes", "/w/a"),
        ("require('fs').readFileSync('.env')", "reads", "/w/.env"),
        ("await fs.promises.rm('x', {recursive: true})", "deletes", "/w/x"),
        ("fs.rmSync('/', {recursive: true, force: true})", "deletes", "/"),
        ("fs.renameSync('a', 'b')", "writes", "/w/b"),
        ("f('/etc/' + 'x', '/etc/passwd')", "reads", "/etc/passwd"),
    ],
)
def test_files_are_found_with_what_is_done_to_them(text: str, field: str, path: str) -> None:
    assert path in getattr(does(text).effects, field)


OPAQUE = """
rm -rf /
eval("1")
new Function("return 1")()
[].constructor.constructor("x")()
[]["constructor"]
global["ev" + "al"]("x")
process["bin" + "ding"]("x")
require(x)
import(x)
require("vm").runInThisContext("x")
const e = require("child_process").execSync; e("x")
require("child_process").execSync(x)
require("child_process").execSync(`ls ${x}`)
fs.unlinkSync(x)
fetch(url)
console.log("x
`${
/a
""".strip().splitlines()


@pytest.mark.parametrize("text", OPAQUE)
def test_what_cannot_be_told_is_opaque(text: str) -> None:
    assert does(text).effects.opaque is not None


@pytest.mark.parametrize(
    ("text", "hazard"),
    [
        (
            "const n=require('net'),c=require('child_process'),s=c.spawn('/bin/sh',[]);n.connect(1,'h',()=>{})",
            "reverse-shell",
        ),
        ("eval(Buffer.from('x', 'base64').toString())", "obfuscated"),
        ("console.log(process.env)", "private"),
        ("require('http').createServer(f).listen(80)", "expose"),
        ("fs.rmSync('x', {recursive: true})", "tree-delete"),
        ("fetch('http://h', {method: 'POST', body: 'x'})", "upload"),
        ("process.kill(1)", "kill"),
        ("process.setuid(0)", "privilege"),
    ],
)
def test_dangerous_acts_are_named(text: str, hazard: str) -> None:
    assert hazard in does(text).effects.hazards


def test_where_it_sends_is_told() -> None:
    assert does("fetch('http://h/x').then(r => r.json())").effects.sends == ("http://h/x",)


@given(st.text(alphabet="abre${}()[]<>/\\'\"`;=+-. \n", max_size=80))
def test_any_text_is_read_and_never_only_reads(text: str) -> None:
    assert not does(text).effects.only_reads
