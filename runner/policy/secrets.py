"""Which paths of a box hold secrets, and of what grade.

Rules that live here and nowhere else:

* KEY: it opens something outside this box (a private key, a cloud login, a registry's token, a password database).
  Reading it is refused.
* GUARDED: it may hold a secret of the project or of the user (`.env`, a certificate's key, a shell history). Reading
  it gets a look.
* PERSONAL: it says who and where somebody is (accounts, logs, a home as a whole). It is read freely, and not sent.
* In the workspace nothing is a KEY: what lies there was handed over for the work, so it is GUARDED.

A path that leads through a link is asked about under both of its names by whoever asks. Names that only look like
secrets in a language's source (`secrets.py`, `token.ts`) are none.

Not promised: that a secret under a name that says nothing is found.
"""

import enum
import functools

from runner.policy.places import Places
from runner.types import Policy, Word


class Grade(enum.Enum):
    """How much a secret opens, the gravest first."""

    KEY = "key"
    GUARDED = "guarded"
    PERSONAL = "personal"
    NONE = "none"


class Secret(Word, frozen=True, kw_only=True):
    """What a path holds, in words that fit behind "reads"."""

    grade: Grade
    what: str


TABLE = """
# examples of a secret's form, and the public halves of keys
none      *.pub                                  | a public key
none      .env.example                           | an example
none      .env.*.example                         | an example
none      .env.sample                            | an example
none      .env.template                          | an example
none      .env.tpl                               | an example
none      .env.dist                              | an example
none      .env.defaults                          | an example
none      .env.schema                            | an example
none      *.example                              | an example
none      /etc/ssl/certs/**                      | public certificates
none      /usr/share/ca-certificates/**          | public certificates
none      /usr/local/share/ca-certificates/**    | public certificates
none      cacert.pem                             | public certificates

# keys to other machines
personal  ~/.ssh/known_hosts*                    | the list of known machines
personal  ~/.ssh/authorized_keys*                | the list of keys that may log in
guarded   ~/.ssh/config                          | the list of machines that can be reached
guarded   ~/.ssh                                 | the directory of SSH keys
key       ~/.ssh/**                              | SSH keys
key       id_rsa                                 | an SSH private key
key       id_dsa                                 | an SSH private key
key       id_ecdsa                               | an SSH private key
key       id_ed25519                             | an SSH private key
key       /etc/ssh/ssh_host_*_key                | a host's private key
key       /etc/ssl/private/**                    | private keys of certificates
key       ~/.gnupg/**                            | PGP keys
key       .gnupg/**                              | PGP keys
guarded   .ssh                                   | the directory of SSH keys
key       /etc/krb5.keytab                       | a Kerberos key

# clouds
guarded   ~/.aws                                 | the directory of AWS credentials
guarded   ~/.aws/config                          | AWS profiles
key       ~/.aws/**                              | AWS credentials
guarded   .aws                                   | the directory of AWS credentials
key       .aws/credentials                       | AWS credentials
key       ~/.config/gcloud/**                    | Google Cloud credentials
key       .config/gcloud/**                      | Google Cloud credentials
key       application_default_credentials.json   | Google Cloud credentials
key       ~/.boto                                | Google Cloud credentials
key       ~/.azure/**                            | Azure credentials
key       ~/.kube/**                             | Kubernetes credentials
key       .kube/config                           | Kubernetes credentials
key       /etc/kubernetes/**                     | Kubernetes credentials
key       /var/lib/kubelet/**                    | Kubernetes credentials
key       /run/secrets/**                        | mounted secrets
key       /var/run/secrets/**                    | mounted secrets
key       ~/.oci/**                              | Oracle Cloud credentials
key       ~/.config/doctl/**                     | DigitalOcean credentials
key       ~/.config/linode-cli                   | Linode credentials
key       ~/.fly/config.yml                      | Fly credentials
key       ~/.config/heroku/**                    | Heroku credentials
key       ~/.config/rclone/rclone.conf           | cloud storage credentials
key       ~/.s3cfg                               | S3 credentials
key       ~/.terraform.d/credentials.tfrc.json   | Terraform credentials
key       ~/.terraformrc                         | Terraform credentials
key       ~/.vault-token                         | a Vault token
key       ~/.config/sops/age/keys.txt            | keys of encrypted files
key       ~/.config/stripe/**                    | Stripe credentials
key       ~/.config/op/**                        | 1Password credentials

# registries and forges
key       ~/.docker/config.json                  | registry credentials
key       ~/.config/containers/auth.json         | registry credentials
key       /run/containers/*/auth.json            | registry credentials
key       /run/user/*/containers/auth.json       | registry credentials
key       /var/lib/kubelet/config.json           | registry credentials
key       ~/.npmrc                               | registry credentials
guarded   .npmrc                                 | npm settings, which may hold a token
guarded   .yarnrc.yml                            | Yarn settings, which may hold a token
key       .pypirc                                | PyPI credentials
guarded   ~/.config/pip/pip.conf                 | pip settings, which may hold a password
key       ~/.cargo/credentials                   | crates.io credentials
key       ~/.cargo/credentials.toml              | crates.io credentials
key       ~/.gem/credentials                     | RubyGems credentials
key       ~/.bundle/config                       | Bundler credentials
key       ~/.composer/auth.json                  | Composer credentials
key       ~/.config/composer/auth.json           | Composer credentials
guarded   ~/.m2/settings*.xml                    | Maven settings, which may hold a password
guarded   ~/.gradle/gradle.properties            | Gradle settings, which may hold a password
guarded   ~/.nuget/NuGet/NuGet.Config            | NuGet settings, which may hold a password
key       ~/.config/gh/hosts.yml                 | GitHub credentials
key       ~/.config/glab-cli/config.yml          | GitLab credentials
key       ~/.config/hub                          | GitHub credentials
key       .git-credentials                       | git credentials
key       ~/.config/git/credentials              | git credentials
key       .netrc                                 | logins of machines
key       _netrc                                 | logins of machines
key       ~/.huggingface/token                   | a Hugging Face token
key       ~/.cache/huggingface/token             | a Hugging Face token
key       ~/.config/kaggle/kaggle.json           | a Kaggle token
key       ~/.kaggle/kaggle.json                  | a Kaggle token
key       ~/.claude/.credentials.json            | the agent's own credentials
key       ~/.codex/auth.json                     | an agent's credentials
key       ~/.gemini/oauth_creds.json             | an agent's credentials
key       ~/.config/anthropic/**                 | the agent's own credentials
key       ~/.config/github-copilot/**            | an agent's credentials

# databases, browsers, keychains
key       .pgpass                                | database passwords
key       .my.cnf                                | database passwords
key       .mylogin.cnf                           | database passwords
key       ~/.password-store/**                   | stored passwords
key       ~/.local/share/keyrings/**             | stored passwords
key       ~/Library/Keychains/**                 | stored passwords
key       /Library/Keychains/**                  | stored passwords
key       *.kdbx                                 | stored passwords
key       ~/.mozilla/**                          | a browser's logins
key       ~/.config/google-chrome/**             | a browser's logins
key       ~/.config/chromium/**                  | a browser's logins
key       ~/.config/BraveSoftware/**             | a browser's logins
key       ~/.thunderbird/**                      | a mail program's logins
guarded   cookies.sqlite                         | a browser's sessions
guarded   logins.json                            | a browser's logins
guarded   key4.db                                | a browser's keys

# the system's own
key       /etc/shadow*                           | password hashes
key       /etc/gshadow*                          | password hashes
key       /etc/master.passwd                     | password hashes
key       /etc/security/opasswd                  | password hashes
key       /var/lib/shadow/**                     | password hashes
guarded   /etc/sudoers                           | who may become root
guarded   /etc/sudoers.d/**                      | who may become root
guarded   /etc/pam.d/**                          | how logins are checked
guarded   /etc/security/**                       | how logins are checked
key       /proc/*/environ                        | the variables of a process
key       /proc/*/task/*/environ                 | the variables of a process
key       /proc/*/mem                            | the memory of a process
key       /proc/kcore                            | the memory of the machine
key       /dev/mem                               | the memory of the machine
key       /dev/kmem                              | the memory of the machine
guarded   /dev/sd*                               | a whole disk
guarded   /dev/nvme*                             | a whole disk
guarded   /dev/vd*                               | a whole disk
guarded   /dev/mapper/*                          | a whole disk

# the project's and the user's
guarded   .env                                   | environment settings, which usually hold secrets
guarded   .env.*                                 | environment settings, which usually hold secrets
guarded   .envrc                                 | environment settings, which usually hold secrets
guarded   *.env                                  | environment settings, which usually hold secrets
guarded   .htpasswd                              | password hashes
guarded   .vault_pass*                           | a vault's password
guarded   .vault-password*                       | a vault's password
guarded   credentials                            | credentials
guarded   credentials.json                       | credentials
guarded   credentials.y*ml                       | credentials
guarded   credentials.toml                       | credentials
guarded   credentials.db                         | credentials
guarded   credentials.xml                        | credentials
guarded   access_tokens.db                       | credentials
guarded   client_secret*.json                    | credentials
guarded   service-account*.json                  | credentials
guarded   service_account*.json                  | credentials
guarded   secrets.y*ml                           | secrets
guarded   secrets.json                           | secrets
guarded   secrets.toml                           | secrets
guarded   secrets.env                            | secrets
guarded   .secrets/**                            | secrets
guarded   master.key                             | a key
guarded   *.key                                  | a private key
guarded   *-key.pem                              | a private key
guarded   *_key.pem                              | a private key
guarded   *key*.pem                              | a private key
guarded   privkey*.pem                           | a private key
guarded   private*.pem                           | a private key
guarded   server.pem                             | a private key
guarded   *.p12                                  | a private key
guarded   *.pfx                                  | a private key
guarded   *.jks                                  | a private key
guarded   *.keystore                             | a private key
guarded   *.ppk                                  | a private key
guarded   *.p8                                   | a private key
guarded   *_rsa                                  | an SSH private key
guarded   *_ed25519                              | an SSH private key
guarded   .bash_history                          | a shell's history
guarded   .zsh_history                           | a shell's history
guarded   .sh_history                            | a shell's history
guarded   .history                               | a shell's history
guarded   .python_history                        | a history
guarded   .node_repl_history                     | a history
guarded   .psql_history                          | a history
guarded   .mysql_history                         | a history
guarded   .sqlite_history                        | a history
guarded   .rediscli_history                      | a history
guarded   ~/.local/share/fish/fish_history       | a shell's history
guarded   .viminfo                               | an editor's history

# who and where somebody is
personal  /etc/passwd*                           | the accounts of the machine
personal  /etc/group*                            | the accounts of the machine
personal  /etc/hostname                          | the machine's name
personal  /etc/machine-id                        | the machine's name
personal  .gitconfig                             | the user's name and settings
personal  /var/log/**                            | the machine's logs
personal  /var/mail/**                           | mail
personal  /var/spool/mail/**                     | mail
"""


def _rows() -> list[tuple[str, Secret]]:
    rows = []
    for line in TABLE.splitlines():
        if not line or line.startswith("#"):
            continue
        head, _, what = line.partition("|")
        grade, pattern = head.split()
        rows.append((pattern, Secret(grade=Grade(grade), what=what.strip())))
    return rows


_GRADES = list(Grade)


@functools.cache
def _places() -> Places[Secret]:
    """Return the table, read when it is first needed."""
    return Places(_rows())


def secret(path: str, policy: Policy) -> Secret | None:
    """Return what secret a path holds, or a shell pattern may; None when none is known.

    Args:
        path: absolute box path, or a shell pattern of such. A directory counts as itself: that something secret lies
            somewhere below it does not make it one.
        policy: whose home and workspace count.
    """
    kept = _places().find(path, policy.home)
    found = min(kept, key=lambda one: _GRADES.index(one.grade), default=None)
    if found is None or found.grade is Grade.NONE:
        return None
    if found.grade is Grade.KEY and _in_workspace(path, policy):
        return Secret(grade=Grade.GUARDED, what=found.what)
    return found


def _in_workspace(path: str, policy: Policy) -> bool:
    roots = (policy.workspace, *policy.directories)
    return any(path.startswith(root.rstrip("/") + "/") for root in roots)


def everybody(path: str, policy: Policy) -> bool:
    """Whether a path is so high up that it holds a home as a whole: the root, all homes, a home."""
    names = [name for name in path.split("/") if name not in {"", "*", "**"}]
    homes = not names or names in (["home"], ["root"], ["Users"])
    return homes or path.rstrip("/") == policy.home or (names[0] in {"home", "Users"} and len(names) == 2)  # noqa: PLR2004 - /home/NAME
