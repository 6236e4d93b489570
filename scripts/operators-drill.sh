#!/bin/sh
# An operator's day, rehearsed on the example photos: start from nothing, make tokens, index, kill a worker, back up while
# it is searched, upgrade an old format, restore elsewhere, and go through nginx if it is here. Ends with 0 if all of it went as it should.
# Usage: scripts/operators-drill.sh [FOLDER]      FOLDER must be empty or not exist; by default a temporary one.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url="http://127.0.0.1:$port"
api="$url/api/v1"
kept="$folder/pictures"
service= proxy=

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }
fail() { say "FAILED: $*"; tail -n 5 "$folder"/*.log >&2; exit 1; }
end() {
    for process in $proxy $service; do kill "$process" 2>/dev/null || true; done
}
trap end EXIT

begin() {
    glocal serve --create --collection "$kept" --port "$port" --allow "examples=$root/examples/photos" \
        --root-path /photos --behind-proxy 127.0.0.1 --workers 2 2>>"$folder/service.log" &
    service=$!
    for _ in $(seq 300); do
        curl -sf "$url/ready" >/dev/null && return
        sleep 1
    done
    fail "the service is not ready"
}
ask() { curl -sf -H "Authorization: Bearer $writer" "$@"; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
await_job() {
    for _ in $(seq 300); do
        case $(ask "$api/jobs/$1" | field state) in
            done) return ;;
            failed | cancelled) fail "job $1" ;;
        esac
        sleep 1
    done
    fail "job $1 takes too long"
}

say "make tokens, before there is anything"
writer=$(glocal token add anna --rights write --collection "$kept")
reader=$(glocal token add kiosk --rights read --collection "$kept")

say "start from nothing, with two workers"
begin
[ "$(curl -s -o /dev/null -w '%{http_code}' "$api/collections")" = 401 ] || fail "nobody should come in without a token"

say "index a folder of the server, and kill a worker meanwhile"
job=$(ask -X POST "$api/collections/pictures/folders" -H 'Content-Type: application/json' \
    -d '{"root": "examples", "folder": "stitch_kayak"}' | field id)
worker=$(pgrep -P "$service" -f multiprocessing.spawn | head -n 1)
kill -9 "$worker"
await_job "$job"
[ "$(ask "$api/collections/pictures" | field photos)" = 7 ] || fail "not all photos are there"

say "search, as one who may only read; a change is refused"
curl -sf -H "Authorization: Bearer $reader" "$api/collections/pictures/search?view=photo:1" | grep -q '"verdict":"proved"' || fail "search"
[ "$(curl -s -o /dev/null -w '%{http_code}' -X DELETE -H "Authorization: Bearer $reader" "$api/collections/pictures/photos/1")" = 403 ] ||
    fail "a reader could remove a photo"

say "judge a hit"
ask -X PUT "$api/collections/pictures/photos/2/judgement?view=photo:1" -H 'Content-Type: application/json' -d '{"same": true}' >/dev/null

say "back up while it is searched, and check the copy"
while ask "$api/collections/pictures/search?view=photo:2" >/dev/null; do :; done &
searching=$!
glocal backup "$folder/backup" --collection "$kept"
kill "$searching" 2>/dev/null || true
glocal check --collection "$folder/backup"

if command -v nginx >/dev/null && command -v openssl >/dev/null; then
    say "through nginx with TLS, by the recipe of docs/operating.md"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
    front=$((port + 1))
    {
        echo "daemon off; pid $folder/nginx.pid; error_log $folder/nginx.log; events {} http { access_log off;"
        for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $folder/$kind;"; done
        echo "server { listen 127.0.0.1:$front ssl; ssl_certificate $folder/certificate.pem; ssl_certificate_key $folder/key.pem;"
        sed -n '/^```nginx$/,/^```$/p' "$root/docs/operating.md" | grep -v '^```' | sed "s/127.0.0.1:8000/127.0.0.1:$port/"
        echo "} }"
    } >"$folder/nginx.conf"
    nginx -c "$folder/nginx.conf" 2>>"$folder/nginx.log" &
    proxy=$!
    sleep 1
    curl -ksf "https://localhost:$front/photos/" | grep -q 'type="module"' || fail "the page behind nginx"
    curl -ksi "https://localhost:$front/photos/api/v1/session" -H 'Content-Type: application/json' \
        -d "{\"token\": \"$reader\"}" | grep -i 'set-cookie' | grep -q 'Secure' || fail "the cookie is not Secure behind TLS"
else
    say "no nginx or openssl here: that part is left out"
fi

say "upgrade a collection of the oldest format: a copy of its catalog stays until all is found sound"
old="$folder/old"
mkdir -p "$old"
cp "$root/tests/collection/catalog/formats/format-1.sqlite" "$old/catalog.sqlite"
glocal info --collection "$old" >/dev/null
[ -e "$old/catalog.format-1.sqlite" ] || fail "no copy of the old catalog was kept"
glocal check --collection "$old"
[ ! -e "$old/catalog.format-1.sqlite" ] || fail "the old catalog is still there"

say "revoke a token: it ends at once"
glocal token revoke kiosk --collection "$kept"
[ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $reader" "$api/collections")" = 401 ] || fail "revoked, and still let in"

say "stop, restore the backup elsewhere, and serve that"
kill "$service" && wait "$service" || true
kept="$folder/elsewhere/pictures"
glocal restore "$folder/backup" --collection "$kept"
glocal token revoke kiosk --collection "$kept" # the backup is older than the revoking
begin
[ "$(ask "$api/collections/pictures" | field photos)" = 7 ] || fail "the restored collection has other photos"
ask "$api/collections/pictures/judgements.jsonl" | grep -q '"same": *true' || fail "the restored collection lost a judgement"
grep -q '"event": "change".*"by": "anna"' "$folder/service.log" || fail "the log does not say who changed what"
say "all of it went as it should"
