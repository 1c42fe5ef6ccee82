"""Which shell commands are known to do nothing but read."""

from __future__ import annotations

import pytest

from git_phc.agents.shell import reads_only

READ = """\
ls
ls -la src/*.py
cat a b 2>/dev/null
grep -rn "a|b" . | head -20
grep -c 'x$' README.md; wc -l README.md
cd src && ls
cd src && git status --short
echo 'it is $5' ""
find . -name '*.py' -not -path './x/*' 2>/dev/null | sort | uniq -c | sort -rn
rg -n 'foo(' src
sed -n '1,20p' a.py
sed -n 3p a.py b.py
git log --oneline -5
git --no-pager diff HEAD~1 -- a
git show HEAD:a | head -c 100
git branch -a
ls;
ls >/dev/null 2>&1 || echo none
jq '.a | .b' package.json
""".splitlines()

OTHER = """\

rm a
ls; rm a
ls && rm a
ls | xargs rm
ls &
ls & rm a
ls &> a
ls > a
ls >> a
ls >/dev/nullx
ls 2> a
cat < a
cat <(rm a)
ls $(rm a)
ls `rm a`
ls "$(rm a)"
ls "`rm a`"
ls $X
echo "it is $5"
$X
"$X"
X=1 ls
(rm a)
{ rm a; }
! rm a
'rm' a
\\rm a
"r"m a
ls "a\\" ; rm a
ls 'a
find . -delete
find . -exec rm {} +
find . -name '*' -ok rm
find . -fprint a
find * -name a
find . '|' grep -delete x
find . ";" ls -delete
find . {-delete,x}
rg --pre rm x
rg x *
sort -o a b
sort *
sort -ro a b
sort --output=a b
sort --compress-program=rm b
uniq a b
sed -i s/a/b/ a
sed -n 'w a' b
sed -n '1e rm' b
sed -n 1p *
sed -n 1p -i a
sed p a
git commit
git -c core.pager=rm log
git --exec-path=. log
git log --output=a
git log --outp=a
git diff --ext-diff
git show --textconv
git grep -Orm a
git grep -nO a
git grep --open-files-in-pager=rm a
git branch new
git branch -D old
git
make
python -c 1
./ls
/bin/rm a
env rm a
tree -o a
awk 'BEGIN { system("rm a") }'
ls ;; rm a
| ls
ls |
ls || rm a
ls |& rm a
test -e a && touch a
tail -f a > b
""".splitlines()


@pytest.mark.parametrize("command", READ)
def test_these_only_read(command: str) -> None:
    assert reads_only(command)


@pytest.mark.parametrize("command", [*OTHER, "ls\nrm a", "ls\0", "ls \\\n rm"])
def test_these_may_do_more(command: str) -> None:
    assert not reads_only(command)
