"""Names that mean something to the shell: its own commands, everyday programs, variables, options.

Rules that live here and nowhere else: which names these are. The lists are those of bash 5.2's manual, and of the
programs that a session of an agent calls most.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILTIN_NAMES = _words("""
    . : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo
    enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf
    pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit
    umask unalias unset wait
""")
"""What the shell itself runs, whatever `PATH` says."""

PROGRAM_NAMES = _words("""
    awk basename bash bunzip2 bzip2 cargo cat chgrp chmod chown chroot cmake cmp command_not_found_handle comm cp
    crontab curl cut date dd df diff dig dirname docker dpkg du egrep env expr fgrep file find git go grep gunzip gzip
    head helm hostname id install ip java jq kubectl less ln locate ls make man md5sum mkdir mkfifo mktemp more mount
    mv nc node nohup npm npx od openssl patch perl ping pip pip3 printenv ps pytest python python3 readlink realpath
    rg rm rmdir rsync ruby scp sed seq sh sha256sum shred sleep sort ssh stat su sudo tail tar tee terraform timeout
    top touch tr tree truncate uname uniq unzip vi vim watch wc wget which who whoami xargs xxd yarn yes zip zsh
""")
"""Everyday programs: a function or alias of such a name makes later commands mean something else."""

SUCCEED = frozenset({":", "true", "cd", "pushd", "export", "set", "echo", "source", "."})
"""Taken to succeed, as is `mkdir -p`: what stands behind `||` is a path the shell does not take in the end."""

NUMBER_VARIABLES = _words("""
    RANDOM SRANDOM SECONDS LINENO UID EUID PPID BASHPID EPOCHSECONDS OPTIND COLUMNS LINES HISTCMD SHLVL
""")
"""Variables that are numbers unless somebody sets them to something else."""

DYNAMIC_VARIABLES = NUMBER_VARIABLES | _words("""
    _ BASH_ARGV0 BASH_COMMAND BASH_SUBSHELL BASH_REMATCH BASHOPTS DIRSTACK FUNCNAME GROUPS OPTARG PIPESTATUS SHELLOPTS
""")
"""Variables that the shell sets itself, so that they do not hold what they were given."""

CODE_VARIABLES = _words("""
    PATH IFS HOME CDPATH ENV BASH_ENV SHELLOPTS BASHOPTS PROMPT_COMMAND PS0 PS1 PS2 PS4 GLOBIGNORE POSIXLY_CORRECT
    BASH_CMDS BASH_ALIASES EXECIGNORE FUNCNEST LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT PAGER MANPAGER EDITOR VISUAL FCEDIT
    BROWSER SHELL NODE_OPTIONS PYTHONPATH PYTHONSTARTUP PYTHONHOME PERL5LIB PERL5OPT RUBYOPT RUBYLIB LESSOPEN
    LESSCLOSE TAR_OPTIONS TAPE PWD OLDPWD TEXTDOMAIN TEXTDOMAINDIR LANG LC_ALL
""")
"""Variables that are code, or that change what names and words mean; so are all that begin with `CODE_PREFIXES`."""

CODE_PREFIXES = ("LD_", "DYLD_", "GIT_", "BASH_FUNC_", "npm_config_", "NPM_CONFIG_")

HARMLESS_OPTIONS = _words("""
    errexit nounset xtrace pipefail verbose monitor notify errtrace functrace vi emacs ignoreeof noclobber
""")
"""Options of `set -o` that do not change how bash reads a text or what its words become."""

HARMLESS_LETTERS = frozenset("euxvmbETC")
"""The same options as letters."""

HARMLESS_SHOPT = _words("""
    nullglob failglob globstar checkwinsize histappend inherit_errexit huponexit cmdhist lithist dirspell cdspell
    checkhash checkjobs progcomp hostcomplete login_shell interactive_comments shift_verbose execfail mailwarn
    gnu_errfmt no_empty_cmd_completion force_fignore complete_fullquote promptvars nocasematch
""")
"""Options of `shopt` of which the same holds, or that only make fewer words of a pattern."""
