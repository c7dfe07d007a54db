"""What the functions and methods of Python do that reach out of a program: tables for `python.py`.

Rules that live here and nowhere else:

* A line is what is done, a bar, and the full names of the functions that do it; a number is that of the argument.
* Of the modules of `HARMLESS` every function is either in one of the tables, or not known and opaque.

Collected from the documentation of CPython 3.13 and of the libraries that are named.
"""

from collections.abc import Iterator

CALLS = """
file:0 | open io.open codecs.open gzip.open bz2.open lzma.open tarfile.open zipfile.ZipFile
read:0 write:0 | os.open sqlite3.connect
delete:0 | os.remove os.unlink os.rmdir os.removedirs
tree:0 | shutil.rmtree
read:0 delete:0 write:1 | os.rename os.renames os.replace shutil.move
read:0 write:1 | shutil.copy shutil.copy2 shutil.copyfile shutil.copymode shutil.copystat shutil.copytree
    shutil.unpack_archive os.symlink os.link
write:0 | shutil.make_archive shutil.chown os.mkdir os.makedirs os.mkfifo os.mknod os.truncate os.utime os.chmod
    os.chown os.lchown
read:0 | os.listdir os.scandir os.walk os.stat os.lstat os.readlink glob.glob glob.iglob
shell:0 | os.system os.popen subprocess.getoutput subprocess.getstatusoutput asyncio.create_subprocess_shell
    pexpect.spawn pexpect.run
argv:0 | subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen pty.spawn
argv:1 | os.execv os.execve os.execvp os.execvpe os.posix_spawn
words:1 | os.execl os.execlp
opaque | os.execle os.execlpe globals locals vars setattr delattr breakpoint os.memfd_create
words:2 | os.spawnl os.spawnlp
argv:2 | os.spawnv os.spawnvp
words:0 | asyncio.create_subprocess_exec
code:0 | eval exec compile
script:0 | execfile runpy.run_path
script:1 | importlib.util.spec_from_file_location
module:0 | __import__ importlib.import_module
url:0 | requests.get requests.head requests.options httpx.get httpx.head urllib.request.urlopen urllib.request.Request
    urllib2.urlopen urllib.urlopen webbrowser.open http.client.HTTPConnection http.client.HTTPSConnection
    socket.getaddrinfo socket.gethostbyname
url:0 !upload | requests.post requests.put requests.patch httpx.post httpx.put httpx.patch ftplib.FTP ftplib.FTP_TLS
    smtplib.SMTP smtplib.SMTP_SSL xmlrpc.client.ServerProxy
url:0 !deploy | requests.delete httpx.delete
url:1 !upload | requests.request
url:1 | httpx.stream
url:0 write:1 | urllib.request.urlretrieve wget.download
address:0 !upload | socket.create_connection
!expose | socket.create_server http.server.HTTPServer http.server.ThreadingHTTPServer http.server.test
    socketserver.TCPServer socketserver.UDPServer socketserver.ThreadingTCPServer xmlrpc.server.SimpleXMLRPCServer
    wsgiref.simple_server.make_server
url:0 !remote | telnetlib.Telnet fabric.Connection
!remote | paramiko.SSHClient
sends | psycopg2.connect psycopg.connect pymysql.connect MySQLdb.connect mysql.connector.connect pymongo.MongoClient
    redis.Redis redis.StrictRedis
!kill | os.kill os.killpg
!privilege | os.setuid os.setgid os.seteuid os.setegid os.setreuid os.setresuid
!escape | os.chroot
cwd:0 | os.chdir
executes | os.fork os.dup2 os.putenv os.environ.update pickle.load pickle.loads marshal.loads
"""
"""Functions and what they do. `file:N` opens argument N in the mode behind it; `read` `write` `delete` `tree` a path;
`shell` shell text; `argv` a list of words, or one text; `words` all arguments from N; `code` Python; `script` a file
that is run; `module` an import; `url` `address` where it sends; `cwd` changes the directory; `!ID` a hazard."""

METHODS = """
read | read_text read_bytes iterdir rglob
write | write_text write_bytes touch mkdir symlink_to hardlink_to chmod
delete | unlink rmdir rmtree
writes-first | to_csv to_json to_excel to_parquet to_pickle to_html savefig imwrite imsave savetxt tofile extractall
"""
"""Methods of paths, on which they act, and methods of libraries that write what their first argument names."""

HARMLESS = """
os | getcwd getcwdb getpid getppid getuid geteuid getgid getegid getlogin getenv sep linesep pathsep curdir pardir
    extsep altsep name uname cpu_count environ path fspath access get_terminal_size urandom getloadavg times devnull
    strerror error O_RDONLY F_OK R_OK W_OK X_OK PathLike DirEntry fsencode fsdecode _exit close wait waitpid path.join
    path.exists path.isfile path.isdir path.islink path.basename path.dirname path.abspath path.realpath path.normpath
    path.relpath path.split path.splitext path.expanduser path.expandvars path.getsize path.getmtime path.getctime
    path.getatime path.commonpath path.commonprefix path.isabs path.samefile path.sep path.lexists path.ismount
    path.pardir path.curdir environ.get environ.keys environ.copy environ.items environ.values getpgid
sys | argv stdin stdout stderr exit version version_info platform path maxsize byteorder executable getsizeof
    getrecursionlimit setrecursionlimit float_info int_info implementation flags prefix base_prefix exec_prefix
    getdefaultencoding getfilesystemencoding maxunicode hexversion intern exc_info stdlib_module_names
    builtin_module_names getrefcount stdin.read stdin.readline stdin.readlines stdin.buffer stdin.buffer.read
    stdin.isatty stdout.write stdout.flush stdout.buffer stdout.buffer.write stdout.isatty stdout.encoding
    stdout.reconfigure stdin.reconfigure stderr.write stderr.flush path.insert path.append path.extend path.copy
    stdout.buffer.flush stdin.encoding set_int_max_str_digits warnoptions thread_info version_info.major
    version_info.minor
io | StringIO BytesIO TextIOWrapper BufferedReader SEEK_SET SEEK_CUR SEEK_END UnsupportedOperation DEFAULT_BUFFER_SIZE
shutil | which disk_usage get_terminal_size copyfileobj ignore_patterns Error SameFileError get_archive_formats
subprocess | PIPE DEVNULL STDOUT CalledProcessError TimeoutExpired CompletedProcess SubprocessError list2cmdline

importlib | metadata resources util metadata.version metadata.distributions metadata.distribution util.find_spec
    metadata.packages_distributions reload metadata.PackageNotFoundError resources.files util.module_from_spec
    invalidate_caches

runpy | run_module
"""
"""What of the modules that reach out of the program does not."""

OPEN_WORLD = frozenset(
    ["_posixsubprocess", "cffi", "code", "codeop", "ctypes", "dis", "gc", "imp", "nt", "posix", "zipimport"]
)
"""Modules with which anything can be done that no name would say."""


def rows(table: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before the bar with every name behind it."""
    for line in table.replace("\n    ", " ").strip().splitlines():
        before, _, names = line.partition(" | ")
        for name in names.split():
            yield before, name


REACHING = frozenset({*(module for module, _ in rows(HARMLESS)), "builtins", "pty"})
"""Modules that reach out of the program."""
