#!/bin/sh
# Search a running glocal service with curl: sh examples/client/search.sh PHOTO [X,Y,WIDTH,HEIGHT]
set -eu
api="${GLOCAL_URL:-http://127.0.0.1:8000}/api/v1"
collection="${GLOCAL_COLLECTION:-demo}"
ask() { curl --silent --show-error --fail-with-body --retry 5 ${GLOCAL_TOKEN:+--oauth2-bearer "$GLOCAL_TOKEN"} "$@"; }

# One request: the photo goes in, the hits come out.
ask --form "photo=@$1" "$api/collections/$collection/search?top=5${2:+&region=$2}"
echo

# The same as events: candidates at once, then the verified order.
view=$(ask --form "photo=@$1" "$api/queries" | sed 's/.*"view":"\([^"]*\)".*/\1/')
ask --no-buffer "$api/collections/$collection/search/stream?view=$view&top=5"

# Add photos, and follow the job (needs the token that may write):
#   ask --form "photo=@new1.jpg" --form "photo=@new2.jpg" "$api/collections/$collection/photos"
#   ask --no-buffer "$api/jobs/JOB/events"
