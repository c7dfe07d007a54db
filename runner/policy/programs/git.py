r"""What `git` and its subcommands do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* Subcommands that only read list every option they are known to have; one that is not listed makes them opaque.
* Work in another directory or repository (`-C`, `--git-dir`) runs code: that repository's configuration may name
  programs (`core.fsmonitor`, hooks) which nobody has looked at.
* History that only this repository has (`push --force`, `filter-branch`, `reflog expire`) is `history`; uncommitted
  work is `discard` when a whole tree of it goes, `restore` when it is named files or a branch.
* Settings that name programs are `guard`: git runs them later, in commands that look harmless.

Option lists are those of git 2.43's manual pages; options that an older or newer version adds are opaque.

Not promised: that the repository's own configuration is harmless. A file of attributes with a filter that the
configuration defines runs that filter in `git diff`; a box starts with a configuration that defines none.
"""

TABLE = r"""
@diff = -p -u --patch -s --no-patch -U= --unified= --output> --output-indicator-new= --output-indicator-old=
    --output-indicator-context= --raw --patch-with-raw --indent-heuristic --no-indent-heuristic --minimal --patience
    --histogram --anchored= --diff-algorithm= --stat[=] --stat-width= --stat-name-width= --stat-count=
    --stat-graph-width= --compact-summary --numstat --shortstat -X[=] --dirstat[=] --cumulative --dirstat-by-file[=]
    --summary --patch-with-stat -z --name-only --name-status --submodule[=] --color[=] --no-color --color-moved[=]
    --no-color-moved --color-moved-ws= --no-color-moved-ws --word-diff[=] --word-diff-regex= --color-words[=]
    --no-renames --rename-empty --no-rename-empty --check --ws-error-highlight= --full-index --binary --abbrev[=]
    --no-abbrev -B[=] --break-rewrites[=] -M[=] --find-renames[=] -C[=] --find-copies[=] --find-copies-harder -D
    --irreversible-delete -l= --diff-filter= -S= -G= --find-object= --pickaxe-all --pickaxe-regex -O< --skip-to=
    --rotate-to= -R --relative[=] --no-relative -a --text --ignore-cr-at-eol --ignore-space-at-eol -b
    --ignore-space-change -w --ignore-all-space --ignore-blank-lines -I= --ignore-matching-lines= --inter-hunk-context=
    -W --function-context --exit-code --quiet --ext-diff? --no-ext-diff --textconv? --no-textconv
    --ignore-submodules[=] --src-prefix= --dst-prefix= --no-prefix --default-prefix --line-prefix=
    --ita-invisible-in-index --ita-visible-in-index
@limit = -# -n= --max-count= --skip= --since= --after= --until= --before= --since-as-filter= --author= --committer=
    --grep-reflog= --grep= --all-match --invert-grep -i --regexp-ignore-case --basic-regexp -E --extended-regexp -F
    --fixed-strings -P --perl-regexp --remove-empty --merges --no-merges --min-parents= --max-parents= --no-min-parents
    --no-max-parents --first-parent --exclude-first-parent-only --not --all --branches[=] --tags[=] --remotes[=]
    --glob= --exclude= --exclude-hidden= --reflog --alternate-refs --single-worktree --ignore-missing --bisect --stdin
    --cherry-mark --cherry-pick --left-only --right-only --cherry -g --walk-reflogs --merge --boundary
    --simplify-by-decoration --show-pulls --full-history --dense --sparse --simplify-merges --ancestry-path[=]
    --date-order --author-date-order --topo-order --reverse --no-walk[=] --do-walk
@format = --pretty[=] --format= --abbrev-commit --no-abbrev-commit --oneline --encoding= --expand-tabs[=]
    --no-expand-tabs --notes[=] --no-notes --show-notes-by-default --show-notes[=] --standard-notes --no-standard-notes
    --show-signature:run --relative-date --date= --parents --children --left-right --graph --no-graph
    --show-linear-break[=] -c --cc --combined-all-paths -m -r -t --diff-merges= --no-diff-merges --remerge-diff --dd
@log = @diff @limit @format --follow --no-decorate --decorate[=] --decorate-refs= --decorate-refs-exclude=
    --clear-decorations --source --mailmap --use-mailmap --no-mailmap --no-use-mailmap --full-diff --log-size -L=
@refs = --contains[=]:dry --no-contains[=]:dry --merged[=]:dry --no-merged[=]:dry --points-at=:dry --sort= --no-sort
    --format= --column[=] --no-column --color[=] --no-color -i --ignore-case --omit-empty
@message = -m= --message= -F< --file< -e --edit --no-edit --cleanup= -s --signoff --no-signoff -S[=] --gpg-sign[=]
    --no-gpg-sign
@merging = @message -X= --strategy-option= --strategy= --ff --no-ff --ff-only --squash --no-squash --commit --no-commit
    --stat --no-stat --log[=] --no-log --abort --continue --quit --skip --autostash --no-autostash --rerere-autoupdate
    --no-rerere-autoupdate --allow-unrelated-histories --verify-signatures --no-verify-signatures -q --quiet -v
    --verbose --progress --no-progress -n --verify --no-verify!bypass
@fetching = -q --quiet -v --verbose --progress --no-progress --all --append -a --atomic --depth= --deepen=
    --shallow-since= --shallow-exclude= --unshallow --update-shallow --negotiation-tip= --dry-run -f --force -k --keep
    --multiple --auto-maintenance --no-auto-maintenance --auto-gc --no-auto-gc --prefetch -p --prune -P --prune-tags -n
    --no-tags -t --tags --refetch --refmap= -j= --jobs= --recurse-submodules[=] --no-recurse-submodules --set-upstream
    --upload-pack? -o= --server-option= -4 --ipv4 -6 --ipv6 --filter= --update-head-ok -u --write-fetch-head
    --no-write-fetch-head --show-forced-updates --no-show-forced-updates --porcelain --stdin

git | -C/:run -c=(color.*|advice.*|user.*|column.*|log.*|status.*|core.quotepath=*|core.abbrev=*|init.defaultbranch=*)
    -c=? --config-env=? --git-dir=:run --work-tree=:run --no-pager -P --paginate? -p? --exec-path[=]? --bare:run
    --namespace= --literal-pathspecs --glob-pathspecs --noglob-pathspecs --icase-pathspecs --no-optional-locks
    --no-replace-objects --no-lazy-fetch --list-cmds= --attr-source= --html-path --man-path --info-path -v --version -h
    --help

# --- looking -----------------------------------------------------------------------------------------------------
git status | -s --short -b --branch --show-stash --no-show-stash --porcelain[=] --long -v --verbose -u[=]
    --untracked-files[=] --ignore-submodules[=] --ignored[=] -z --column[=] --no-column --ahead-behind
    --no-ahead-behind --renames --no-renames --find-renames[=] | {rev}...
git diff | @diff --cached --staged --merge-base --no-index --base --ours --theirs -c --cc --combined-all-paths -t -m -r
    -1 -2 -3 -0 | {rev}...
git diff-tree,diff-index,diff-files | @diff @format --stdin -v --root --cached --merge-base -q --always --no-commit-id
    -0 -1 -2 -3 | {rev}...
git range-diff | @diff --creation-factor= --no-dual-color --left-only --right-only --no-notes --notes[=] | {rev}...
git log,show,whatchanged | @log | {rev}...
git rev-list | @limit @format --count --timestamp --header --disk-usage[=] --objects --objects-edge
    --objects-edge-aggressive --in-commit-order --indexed-objects --unpacked --object-names --no-object-names --filter=
    --no-filter --filter-print-omitted --missing= --use-bitmap-index --bisect-vars --bisect-all --quiet --progress= -z
    | {rev}...
git shortlog | -n --numbered -s --summary -e --email --format= --date= --group= -c --committer -w[=] --since= --after=
    --until= --before= --author= --all --no-merges --merges --grep= --branches[=] --tags[=] --remotes[=] --reverse
    --max-count= | {rev}...
git reflog | @log --updateref --rewrite | {rev}...
git reflog show,list,exists | @log | {rev}...
git reflog expire | -n:dry --dry-run:dry --expire= --expire-unreachable= --all --updateref --rewrite --stale-fix
    --single-worktree --verbose | =... | run !history
git reflog delete,drop | -n:dry --dry-run:dry --rewrite --updateref --all --single-worktree --verbose | =... | run
    !history
git blame,annotate | -b --root --show-stats -L= -l -t -S< --reverse[=] --first-parent -p --porcelain --line-porcelain
    --incremental --encoding= --contents< --date= -M[=] -C[=] --ignore-rev= --ignore-revs-file< --color-lines
    --color-by-age -c --score-debug -f --show-name -n --show-number -s -e --show-email -w --abbrev= --progress
    --no-progress --since= --minimal --diff-algorithm= | {rev}...
git grep | --cached --untracked --no-index --exclude-standard --no-exclude-standard --recurse-submodules -v
    --invert-match -i --ignore-case -w --word-regexp -a --text --textconv? --no-textconv -I --max-depth= -r --recursive
    --no-recursive -E --extended-regexp -G --basic-regexp -P --perl-regexp -F --fixed-strings -n --line-number --column
    -h -H --full-name -l --files-with-matches --name-only -L --files-without-match -O[=]? --open-files-in-pager[=]? -z
    --null -o --only-matching -c --count --color[=] --no-color --break --heading -p --show-function -W
    --function-context -m= --max-count= -C= --context= -A= --after-context= -B= --before-context= -# --threads=
    -f<:first -e=:first --and --or --not --all-match -q --quiet --parent-basename= | = {rev}... | reads{.}
git ls-files | -c --cached -d --deleted -m --modified -o --others -i --ignored -s --stage -u --unmerged -k --killed
    --resolve-undo -z --directory --no-empty-directory --eol --deduplicate -x= --exclude= -X< --exclude-from<
    --exclude-per-directory= --exclude-standard --error-unmatch --with-tree= -t -v -f --full-name --recurse-submodules
    --abbrev[=] --debug --sparse --format= | {rev}...
git ls-tree | -d -r -t -l --long -z --name-only --name-status --object-only --full-name --full-tree --abbrev[=]
    --format= | {rev}...
git ls-remote | -b --branches --heads -h -t --tags --refs -q --quiet --upload-pack? --exec? --exit-code --get-url
    --symref --sort= -o= --server-option= | {url} =... | send{origin} (ext::*)?
git cat-file | -t -s -e -p --batch[=] --batch-check[=] --batch-command[=] --batch-all-objects --buffer --unordered
    --follow-symlinks --allow-unknown-type -z -Z --textconv? --filters? --path= --filter= --mailmap --use-mailmap
    --no-mailmap | {rev}...
git rev-parse | --default= --prefix= --resolve-git-dir< --path-format= --glob= --branches[=] --tags[=] --remotes[=]
    --exclude= --exclude-hidden= --since= --after= --until= --before= --disambiguate= --output-object-format= * | =...
git describe | --dirty[=] --broken[=] --all --tags --contains --abbrev[=] --candidates= --exact-match --debug --long
    --match= --exclude= --always --first-parent | =...
git name-rev | --tags --refs= --exclude= --all --annotate-stdin --stdin --name-only --no-undefined --always | =...
git merge-base | -a --all --octopus --independent --is-ancestor --fork-point | =...
git cherry | -v --abbrev[=] | =...
git for-each-ref | @refs --count= --stdin --shell --perl --python --tcl --exclude= --include-root-refs | =...
git show-ref | --head --heads --branches --tags -d --dereference -s --hash[=] --verify --exists --abbrev[=] -q --quiet
    --exclude-existing[=] | =...
git show-branch | -r --remotes -a --all --current --topo-order --date-order --sparse --more= --list --merge-base
    --independent --no-name --sha1-name --topics -g[=] --reflog[=] --color[=] --no-color | =...
git check-ignore | -q --quiet -v --verbose --stdin -z -n --non-matching --no-index | {path}...
git check-attr | -a --all --cached --stdin -z --source= | =...
git check-ref-format,check-mailmap | --branch --allow-onelevel --no-allow-onelevel --refspec-pattern --normalize
    --print --stdin | =...
git count-objects | -v --verbose -H --human-readable
git var | -l | =...
git version | --build-options
git help | -a --all --no-external-commands --no-verbose --no-aliases --verbose -c --config -g --guides
    --user-interfaces --developer-interfaces -i --info -m --man -w? --web? | =... | run
git verify-commit,verify-tag | -v --verbose --raw --format= | =... | run
git verify-pack | -v --verbose -s --stat-only | <...
git fsck | --tags --root --unreachable --cache --no-reflogs --full --no-full --strict --verbose --lost-found:run
    --dangling --no-dangling --progress --no-progress --connectivity-only --name-objects --references | =...
git stripspace | -s --strip-comments -c --comment-lines
git patch-id | --stable --unstable --verbatim
git get-tar-commit-id,column | --command= --mode= --raw-mode= --width= --indent= --nl= --padding=
git diagnose,bugreport | * -o/ --output-directory/ | | run
git hash-object | -t= -w:run --stdin --stdin-paths --path= --no-filters --literally | <... | run
git merge-tree | --write-tree --trivial-merge -z --name-only --messages --no-messages --allow-unrelated-histories
    --merge-base= -X= --strategy-option= --stdin | =... | run
git request-pull | -p | =... | send
git interpret-trailers | --in-place:edit --trim-empty --where= --if-exists= --if-missing= --only-trailers --only-input
    --unfold --parse --no-divider --trailer= | <... | run
git mailinfo | -k -b -u --encoding= -n -m --scissors --no-scissors --quoted-cr= | > >

# --- the index, commits, branches -------------------------------------------------------------------------------
git add,stage | -n:dry --dry-run:dry -v --verbose -f --force -i --interactive -p --patch -e --edit -u --update -A --all
    --no-ignore-removal --no-all --ignore-removal -N --intent-to-add --refresh --ignore-errors --ignore-missing
    --no-warn-embedded-repo --renormalize --chmod= --pathspec-from-file< --pathspec-file-nul --sparse | <... | run
git commit | @message -a --all -p --patch -C= --reuse-message= -c= --reedit-message= --fixup= --squash= --reset-author
    --short:dry --branch --porcelain:dry --long:dry -z --null -t< --template< --author= --date= --trailer= -n!bypass
    --no-verify!bypass --verify --allow-empty --allow-empty-message --amend --no-post-rewrite -i --include -o --only
    --pathspec-from-file< --pathspec-file-nul -u[=] --untracked-files[=] -v --verbose -q --quiet --dry-run:dry --status
    --no-status | {path}... | run
git rm | -n:dry --dry-run:dry --cached:safe -r -f --force -q --quiet --ignore-unmatch --sparse --pathspec-from-file<
    --pathspec-file-nul | {tree}... | run
git mv | -f --force -k -n:dry --dry-run:dry -v --verbose --sparse | {moved}... > | run
git reset | --hard!discard --merge!discard --soft --mixed --keep -q --quiet --no-quiet --refresh --no-refresh -N
    --intent-to-add -p --patch --recurse-submodules[=] --no-recurse-submodules --pathspec-from-file<
    --pathspec-file-nul | =... | run
git checkout | -q --quiet --no-quiet --progress --no-progress -f!discard --force!discard --ours --theirs -2 -3 -b= -B=
    -t --track[=] --no-track --guess --no-guess -l -d --detach --orphan= --ignore-skip-worktree-bits -m --merge
    --conflict= -p --patch --ignore-other-worktrees --overwrite-ignore --no-overwrite-ignore --recurse-submodules[=]
    --no-recurse-submodules --overlay --no-overlay --pathspec-from-file<!restore --pathspec-file-nul -U= --unified=
    --inter-hunk-context= * | = =!restore... | run (.|./|-- .|-- ./*|[*]|-- [*]|* .|* ./|* [*]|:/*|* :/*)!discard
    (-- *|* -- *)!restore
git switch | -c= --create= -C= --force-create= -d --detach --guess --no-guess -f!discard --force!discard
    --discard-changes!discard -m --merge --conflict= -q --quiet --progress --no-progress -t --track[=] --no-track
    --orphan= --ignore-other-worktrees --recurse-submodules[=] --no-recurse-submodules | =... | run
git restore | -S:safe --staged[=]:safe -W!restore --worktree[=](false|no) --worktree[=]!restore -s= --source= -p
    --patch -q --quiet --progress --no-progress --ours --theirs -m --merge --conflict= --ignore-unmerged
    --ignore-skip-worktree-bits --recurse-submodules --no-recurse-submodules --overlay --no-overlay
    --pathspec-from-file< --pathspec-file-nul -U= --unified= --inter-hunk-context= | >... | run !restore
    (.|./|* .|./ *|[*]|* [*]|:/*)!discard
git clean | -n:dry --dry-run:dry --no-dry-run? -d -x -X -e= --exclude= -q --quiet -i --interactive -f!discard
    --force!discard | {path}... | run
git stash | -p --patch -k --keep-index --no-keep-index -q --quiet -u --include-untracked -a --all -m= --message= -S
    --staged | | run
git stash push,save | -p --patch -k --keep-index --no-keep-index -q --quiet -u --include-untracked -a --all -m=
    --message= -S --staged --pathspec-from-file< --pathspec-file-nul | {path}... | run
git stash list | @log | =...
git stash show | @log -u --include-untracked --only-untracked --no-include-untracked | =...
git stash pop,apply,branch,create,store | --index -q --quiet -m= --message= | =... | run
git stash drop,clear | -q --quiet | =... | run !discard
git branch | @refs -a --all -r --remotes -l:dry --list:dry -v --verbose -q --quiet --abbrev[=] --no-abbrev
    --show-current:dry -d:run --delete:run -D!restore -f!restore --force!restore -m:run --move:run -M:run -c:run
    --copy:run -C:run -t[=] --track[=] --no-track --recurse-submodules --create-reflog -u=:run --set-upstream-to=:run
    --unset-upstream:run --edit-description:run | =:run...
git tag | @refs -l:dry --list:dry -n[=] -a --annotate -s --sign --no-sign -u= --local-user= -f:run --force:run -d:run
    --delete:run -v:run --verify:run -m= --message= -F< --file< -e --edit --cleanup= --create-reflog --trailer= |
    =:run...
git notes | --ref=
git notes list,show,get-ref | -n | =...
git notes add,copy,append,edit,merge,remove,prune | * -m= -F< -C= -c= --ref= | =... | run
git symbolic-ref | -q --quiet --short --recurse --no-recurse -d:run --delete:run -m= | = =:run...
git update-ref | -d!history --stdin? -m= --no-deref --create-reflog -z | =... | run
git merge | @merging -s= -F< --into-name= --overwrite-ignore --no-overwrite-ignore | =... | run
git merge-file | -p:dry --stdout:dry --object-id -L= --ours --theirs --union --diff-algorithm= --marker-size= -q
    --diff3 --zdiff3 | <> < < | run
git mergetool | -t= --tool= --tool-help -y --no-prompt --prompt -g --gui --no-gui -O< | {path}... | run
git difftool | * -x{sh} --extcmd{sh} -t= --tool= -d --dir-diff -y --no-prompt -g --gui | {rev}... | run
git rebase | @merging -s= --onto= --keep-base --apply --empty= --no-keep-empty --keep-empty --reapply-cherry-picks
    --no-reapply-cherry-picks --edit-todo --show-current-patch -i --interactive --root --fork-point --no-fork-point
    --ignore-whitespace --whitespace= --committer-date-is-author-date --ignore-date --reset-author-date -x{sh}
    --exec{sh} --autosquash --no-autosquash --reschedule-failed-exec --no-reschedule-failed-exec --update-refs
    --no-update-refs -r[=] --rebase-merges[=] --no-rebase-merges -f --force-rebase -C= | =... | run
git cherry-pick,revert | @merging -x -r -m= --mainline= --strategy= --keep-redundant-commits --allow-empty
    --allow-empty-message --empty= --reference --no-commit | =... | run
git am | * -C= -p= --directory= --exclude= --include= --whitespace= --patch-format= | <... | run
git apply | --stat:dry --numstat:dry --summary:dry --check:dry --index --cached -3 --3way --build-fake-ancestor> -R
    --reverse --reject -z -p= -C= --unidiff-zero --apply? --no-add --allow-binary-replacement --binary --exclude=
    --include= --ignore-space-change --ignore-whitespace --whitespace= --inaccurate-eof -v --verbose -q --quiet
    --recount --directory= --unsafe-paths? --allow-empty --intent-to-add -N --ours --theirs --union | <... | run
git format-patch | @log -o/ --output-directory/ --stdout -n --numbered -N --no-numbered --start-number= -k
    --keep-subject -s --signoff --attach[=] --no-attach --inline[=] --thread[=] --no-thread --in-reply-to=
    --ignore-if-in-upstream --always --cover-from-description= --description-file< --subject-prefix= --rfc[=] -v=
    --reroll-count= --filename-max-length= --to= --cc= --add-header= --from[=] --cover-letter --no-cover-letter
    --interdiff= --range-diff= --creation-factor= --suffix= -q --quiet --no-binary --zero-commit --base[=] --signature=
    --signature-file< --no-signature --numbered-files --progress --root | {rev}... | run
git bisect | |  | run
git bisect start,good,bad,new,old,skip,reset,replay,next,terms | * | =... | run
git bisect log | * | =...
git bisect visualize,view | * | =... | run
git bisect run | | {command} | run options-first
git worktree
git worktree list | -v --verbose --porcelain -z --expire=
git worktree add | -f --force -b= -B= -d --detach --checkout --no-checkout --guess-remote --no-guess-remote --track
    --no-track --lock --reason= --orphan -q --quiet | > = | run
git worktree remove | -f!discard --force!discard | =... | run
git worktree prune,lock,unlock,move,repair | * --reason= --expire= | =... | run
git submodule | -q --quiet --cached
git submodule status,summary | -q --quiet --cached --files --recursive -n= --summary-limit= | {path}...
git submodule foreach | -q --quiet --recursive | {sh}... | run options-first
git submodule update | * --reference/ --depth= -j= --jobs= --filter= --checkout --merge --rebase | {path}... | run
    send{origin}
git submodule add | -q --quiet -b= --branch= -f --force --name= --reference/ --ref-format= --depth= | {url} > | run
    send
git submodule init,deinit,sync,set-branch,set-url,absorbgitdirs | * | {path}... | run
git submodule deinit | -q --quiet --all -f!discard --force!discard | {path}... | run
git sparse-checkout | |  | run
git sparse-checkout list,check-rules | * | =...
git sparse-checkout set,add,init,disable,reapply,clean | * | =... | run
git init,init-db | -q --quiet --bare --template= --separate-git-dir> --object-format= --ref-format= -b=
    --initial-branch= --shared[=] | > | run
git rerere | |  | run
git rerere status,diff,remaining
git rerere clear,forget,gc | | =... | run
git archive | --format= -l --list -v --verbose --prefix= -o> --output> --add-file< --add-virtual-file=
    --worktree-attributes --mtime= --remote=? --exec=? -# | {rev}... | run
git bundle
git bundle create | -q --quiet --progress --all-progress --version= * | > =... | run
git bundle verify,list-heads,unbundle | -q --quiet --progress | < =... | run
git fast-export | * --export-marks> --import-marks< | =... | run
git gc | --aggressive --auto --no-auto --detach --no-detach --cruft --no-cruft --max-cruft-size=
    --prune[=](now|all*)!history --prune[=] --no-prune -q --quiet --force --keep-largest-pack | =... | run
    (now*|all*)!history
git prune | -n:dry --dry-run:dry -v --verbose --progress --expire= | =... | run !history
git repack,pack-refs,prune-packed,commit-graph,multi-pack-index,update-server-info,pack-objects,index-pack | * | =... |
    run
git read-tree,write-tree,commit-tree,mktag,mktree,update-index,checkout-index,unpack-objects,unpack-file | * -p= -m=
    -F< | =... | run
git maintenance
git maintenance run,unregister,stop | * --task= --schedule= | =... | run
git maintenance start,register | * --scheduler= | =... | run !persist
git filter-branch,filter-repo | * | =... | run !history
git fast-import | * | =... | run !history
git replace | -l:dry --list:dry --format= -f -d --delete -e --edit --raw --graft | =... | run
git hook | --ignore-missing --to-stdin< | =... | run

# --- settings ----------------------------------------------------------------------------------------------------
@config = --global --system --local --worktree -f<> --file<> --blob= -z --null --name-only --type= --no-type --bool
    --int --bool-or-int --bool-or-str --path --expiry-date --show-origin --show-scope --default= --includes
    --no-includes --url= --all --regexp --value= --fixed-value
git config | @config --get:dry --get-all:dry --get-regexp:dry --get-urlmatch:dry --get-color:dry --get-colorbool:dry
    -l:dry --list:dry --add:run --replace-all:run --unset:run --unset-all:run --rename-section:run --remove-section:run
    -e:run --edit:run | = =:run... |
    (core.hookspath *|core.fsmonitor *|core.sshcommand *|core.pager *|core.editor *)!guard
    (core.askpass *|core.gitproxy *|core.attributesfile *|pager.* *|alias.* *|diff.*external *)!guard
    (diff.*command *)!guard
    (diff.*textconv *|merge.*driver *|filter.*.* *|gpg.*program *|sequence.editor *|init.templatedir *)!guard
    (man.*.cmd *)!guard (*tool.*.cmd *|browser.*.cmd *|include.path *|includeif.* *|uploadpack.packobjectshook *)!guard
    (trailer.*.command *)!guard
    (credential.helper *|credential.*.helper *|protocol.*allow *|interactive.difffilter *|http.sslverify *)!guard
    (url.*insteadof *|remote.*url *|http.proxy *|http.*.proxy *)!remote-repoint
git config get,list,get-color,get-colorbool | @config | =...
git config set,unset,rename-section,remove-section,edit | @config --append --comment= | =... | run
    (core.hookspath *|core.fsmonitor *|core.sshcommand *|core.pager *|core.editor *|alias.* *)!guard
    (diff.*external *)!guard
    (core.askpass *|core.gitproxy *|pager.* *|diff.*command *|diff.*textconv *|merge.*driver *|filter.*.* *)!guard
    (gpg.*program *|sequence.editor *|init.templatedir *|*tool.*.cmd *|include.path *|includeif.* *)!guard
    (credential.helper *|credential.*.helper *|protocol.*allow *|uploadpack.packobjectshook *)!guard
    (http.sslverify *)!guard (url.*insteadof *|remote.*url *|http.proxy *|http.*.proxy *)!remote-repoint
git credential,credential-store,credential-cache | * | =... | run !secrets

# --- other machines ----------------------------------------------------------------------------------------------
git remote | -v --verbose
git remote show | -n | =... | send{origin}
git remote get-url | --push --all | =...
git remote add | -t= -m= -f --fetch:send --tags --no-tags --mirror[=] | = {path} | run !remote-repoint
git remote set-url | --push --add --delete | =... | run !remote-repoint
git remote rename,remove,rm,set-branches | * | =... | run
git remote prune,update,set-head | * | =... | run send{origin}
git fetch | @fetching | {url} =... | run send{origin} (ext::*|* ext::*)?
git pull | @fetching @merging -s= -r[=] --rebase[=] --no-rebase | {url} =... | run send{origin} (ext::*|* ext::*)?
git clone | -l --local --no-hardlinks -s --shared --dissociate -q --quiet -v --verbose --progress --server-option= -n
    --no-checkout --reject-shallow --no-reject-shallow --bare --sparse --filter= --also-filter-submodules --mirror -o=
    --origin= -b= --branch= --revision= --upload-pack? -u? --template? -c? --config? --depth= --shallow-since=
    --shallow-exclude= --single-branch --no-single-branch --tags --no-tags --recurse-submodules[=] --recursive
    --shallow-submodules --no-shallow-submodules --remote-submodules --separate-git-dir> --ref-format= -j= --jobs=
    --bundle-uri= --reference/ --reference-if-able/ | {url} > | run send writes{.} (ext::*|* ext::*)?
git push | -u --set-upstream -q --quiet -v --verbose --progress --no-progress --porcelain --all --branches --tags
    --follow-tags --no-follow-tags --atomic --no-atomic --thin --no-thin -4 --ipv4 -6 --ipv6 --verify
    --no-verify!bypass --signed[=] --no-signed -o= --push-option= --repo{url} --recurse-submodules=
    --no-recurse-submodules --receive-pack=? --exec=? -f!history --force!history --force-with-lease[=]!history
    --no-force-with-lease --force-if-includes --no-force-if-includes --mirror!history --prune!history -d!history
    --delete!history -n:dry --dry-run:dry --no-dry-run? | {url} =... | run send{origin} !push (+*|* +*|* :?*)!history
    (ext::*|* ext::*)?
git send-email,imap-send | * | <... | send !upload
git daemon,instaweb | * | =... | run !expose
git lfs | --version -v -h --help
git lfs ls-files,status,env,version,logs,track,locks | -l --long -s --size -a --all -n --name-only --json | =:run... |
    run
git lfs pull,fetch,checkout,install,update,untrack,prune,fsck,migrate,clone,lock,unlock,uninstall | * | =... | run
    send{origin}
git lfs push | * | =... | run send{origin} !push
"""
