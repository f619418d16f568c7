#!/bin/sh
# Makes .venv: finds a Python, puts uv and the tested packages in it, then the course itself. `make env` calls it.
# A .venv that was finished is brought up to date; one that was cut off, moved, or has lost its Python is made anew.
# uv keeps what it downloads in its own cache, shared with your other projects; UV_CACHE_DIR moves it.
set -eu
cd "$(dirname "$0")/.."
stamp=.venv/.course-stamp
in_range='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'

python=
for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c "$in_range" >/dev/null 2>&1; then python=$candidate; break; fi
    if [ "$candidate" = "${PYTHON:-}" ]; then break; fi  # asked for by name: no other will do
done
if [ -z "$python" ]; then
    echo "No Python 3.11, 3.12 or 3.13 was found${PYTHON:+ under the name $PYTHON}: install Python 3.12, or use conda (conda env create)." >&2
    echo "파이썬 3.11, 3.12, 3.13 가운데 하나가 필요합니다. 파이썬 3.12를 설치하거나 conda를 쓰세요(conda env create)." >&2
    exit 1
fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    echo "This Python cannot make environments yet: run  sudo apt install python3-venv  (or python$version-venv) and try again." >&2
    echo "이 파이썬에는 venv가 빠져 있습니다. sudo apt install python3-venv (또는 python$version-venv)를 실행한 뒤 다시 해 보세요." >&2
    exit 1
fi

if [ "$(cat "$stamp" 2>/dev/null)" != "$(pwd -P)" ] || ! .venv/bin/python -c "$in_range" >/dev/null 2>&1; then
    echo "Making .venv with Python $version ... / 파이썬 $version 환경을 만듭니다 ..."
    "$python" -m venv --clear .venv
fi
echo "Installing the packages: a minute on a fast line, up to 6 GB on disk ... / 패키지를 설치합니다(빠른 회선에서 1분, 최대 6 GB) ..."
install() {
    if [ -t 2 ]; then quiet=; else quiet=--quiet; fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv &&
        .venv/bin/python -m uv pip install $quiet --python .venv/bin/python -c constraints.txt -e '.[lab,test,ko]'
}
mv "$stamp" "$stamp.old" 2>/dev/null || true
if ! install; then
    mv "$stamp.old" "$stamp" 2>/dev/null || true  # no network, say: what was there still works
    echo "The packages could not be installed: see above, then try again. / 패키지를 설치하지 못했습니다. 위의 오류를 보고 다시 해 보세요." >&2
    exit 1
fi
rm -f "$stamp.old"
mkdir -p .venv/etc/jupyter && ln -sf "$(pwd -P)/lab/jupyter_nbconvert_config.py" .venv/etc/jupyter/  # slides
pwd -P > "$stamp"
echo "Ready: 'make lab' opens the course, 'make test' tests it. / 준비되었습니다. make lab을 실행하세요."
