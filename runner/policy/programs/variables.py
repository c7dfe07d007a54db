"""Which environment variables are code, which are harmless.

Rules that live here and nowhere else:

* A variable that names a program, a library, a configuration or a search path runs code in whatever reads it.
* A variable is harmless only when it is known to be and its value is plain. All others make a command opaque.
"""

import re

CODE = """
LD_* DYLD_* BASH_* BASHOPTS ENV SHELLOPTS PATH IFS PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 CDPATH HOME SHELL FCEDIT
TERMINFO* TERMCAP GCONV_PATH LOCPATH NLSPATH MALLOC_* POSIXLY_CORRECT TMPDIR XDG_* HISTFILE HISTCONTROL HISTIGNORE
HISTSIZE HISTFILESIZE
GIT_* SSH_* GPG_* SUDO_* *PAGER LESS* MANPATH MANOPT *EDITOR VISUAL *BROWSER TAR_OPTIONS TAPE RSYNC_* CVS_* FZF_*
RIPGREP_CONFIG_PATH GREP_OPTIONS OPENSSL_* SSL_* CURL_* WGETRC *proxy *PROXY
NODE_OPTIONS NODE_PATH NODE_REPL_* NPM_CONFIG_* npm_* YARN_* BUN_* DENO_*
PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONINSPECT PYTHONUSERBASE PYTHONWARNINGS PYTHONBREAKPOINT PYTHONEXECUTABLE
PYTHONPYCACHEPREFIX PYTHONPLATLIBDIR PIP_* UV_* VIRTUAL_ENV CONDA_* PYTEST_ADDOPTS PYTEST_PLUGINS
PERL5* PERL_* RUBYOPT RUBYLIB GEM_* BUNDLE_* PHPRC PHP_INI_SCAN_DIR LUA_*
GOFLAGS GOPROXY GOPATH GOROOT GOENV GOTOOL* GONOSUMDB GONOSUMCHECK GOINSECURE GOPRIVATE CGO_* RUSTFLAGS RUSTC* RUSTDOC*
CARGO_* CC CXX CPP LD AR AS CFLAGS CXXFLAGS CPPFLAGS LDFLAGS MAKEFLAGS GNUMAKEFLAGS MFLAGS MAKEFILES CMAKE_*
JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS JAVA_HOME CLASSPATH MAVEN_* GRADLE_* ANT_*
KUBECONFIG KUBE_* DOCKER_* COMPOSE_* AWS_* AZURE_* GOOGLE_* HELM_* TF_* ANSIBLE_* ANTHROPIC_* CLAUDE_* WINEPREFIX
"""
"""Patterns for variables that decide what code runs, or where it talks to."""

HARMLESS = """
LANG LANGUAGE LC_* CHARSET TZ NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE COLORTERM LSCOLORS LS_COLORS GREP_COLOR
GREP_COLORS GCC_COLORS COLUMNS LINES TIME_STYLE BLOCK_SIZE BLOCKSIZE QUOTING_STYLE TERM
NODE_ENV GO111MODULE GOOS GOARCH GOARM GOAMD64 GOEXPERIMENT CGO_ENABLED RUST_LOG RUST_BACKTRACE RUST_LIB_BACKTRACE
PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONIOENCODING PYTHONHASHSEED PYTHONUTF8 CI DEBIAN_FRONTEND
"""
"""Patterns for variables that change nothing but looks, or the kind of a build."""


def _any(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(name.replace("*", r"\w*") for name in patterns.split()))


_CODE = _any(CODE)
_HARMLESS = _any(HARMLESS)
_NAME = re.compile(r"[A-Za-z_]\w*")
_PLAIN = re.compile(r"[\w .,:;@%+=*#?-]*")
_PLACE = re.compile(r"[A-Za-z]\w*(/[\w+-]+){1,2}")


def is_name(text: str) -> bool:
    """Whether the text is a variable's name and nothing else (`a[$(id)]` runs a command)."""
    return _NAME.fullmatch(text) is not None


def is_code(name: str) -> bool:
    """Whether setting the variable decides what code runs, or where it talks to."""
    return _CODE.fullmatch(name) is not None and _HARMLESS.fullmatch(name) is None


def is_harmless(name: str, value: str | None) -> bool:
    """Whether the variable, set to the value (None: not certain), changes nothing but looks.

    A path is not plain: a locale or a terminal that is one names files that are loaded.
    """
    if value is None or _HARMLESS.fullmatch(name) is None:
        return False
    return _PLAIN.fullmatch(value) is not None or (name == "TZ" and _PLACE.fullmatch(value) is not None)
