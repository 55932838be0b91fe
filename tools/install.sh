#!/bin/sh
# Installs the Debian packages that are missing on this machine. usage: tools/install.sh run|test
set -eu
case "${1:-}" in
run | test) ;;
*) echo "usage: tools/install.sh run|test" >&2; exit 2 ;;
esac
build="ccache gcc libargon2-dev libbrotli-dev libcmocka-dev libcurl4-openssl-dev libexpat1-dev libjansson-dev
libmicrohttpd-dev libpcre2-dev libsqlite3-dev libssl-dev libutf8proc-dev libzstd-dev make meson ninja-build pkg-config tzdata"
test="chromium clang exim4-daemon-light faketime fonts-dejavu-core"
want=$build
[ "$1" = test ] && want="$build $test"
missing=
for p in $want; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)" = installed ] || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "reeve: these Debian packages are missing:$missing" >&2
    echo "reeve: run 'apt-get install$missing' as root, then try again" >&2
    exit 1
fi
echo "reeve: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# No service may start because a package was installed: the tests start what they need on ports of their own.
policy=
if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
log=$(mktemp)
if ! { apt-get install -y -q --no-install-recommends $missing || { apt-get update -q && apt-get install -y -q --no-install-recommends $missing; }; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "reeve: the packages could not be installed; check the machine's package sources and network, then try again" >&2
    exit 1
fi
rm -f "$log"
