# The service without PyTorch, as a user without rights. Build: docker build -t glocal .
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/glocal
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY recipes ./recipes
RUN /opt/glocal/bin/pip install ".[serve]"

FROM python:3.12-slim-bookworm
ENV PATH=/opt/glocal/bin:$PATH PYTHONUNBUFFERED=1 NUMBA_CACHE_DIR=/tmp/numba
RUN groupadd --gid 10001 glocal && useradd --uid 10001 --gid glocal --no-create-home glocal \
    && mkdir /collection && chown glocal:glocal /collection
COPY --from=build /opt/glocal /opt/glocal
# Loops are compiled while the image is built: two pictures are indexed and searched. On a processor of another kind they
# are compiled again when they are first needed.
RUN export NUMBA_CACHE_DIR=/opt/numba && mkdir /tmp/two && python -c "import numpy as np; from PIL import Image; \
    [Image.fromarray(np.random.default_rng(s).integers(0, 255, (320, 320, 3), np.uint8)).save(f'/tmp/two/{s}.png') for s in (0, 1)]" \
    && glocal index /tmp/two --collection /tmp/warm && glocal search /tmp/two/0.png --collection /tmp/warm \
    && rm -r /tmp/two /tmp/warm && chmod -R a+rX /opt/numba
USER 10001:10001
VOLUME /collection
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# Numba reads only caches that it could write to, and this file system may be read-only but for /tmp.
ENTRYPOINT ["sh", "-c", "cp -r /opt/numba /tmp && exec glocal \"$@\"", "glocal"]
# GLOCAL_TOKEN must be set: the service refuses to listen beyond its own machine without a token. An empty volume becomes
# a collection; photos are added over the page, or by `docker compose run --rm index`.
ENV GLOCAL_HOST=0.0.0.0 GLOCAL_CREATE=1
CMD ["serve", "--collection", "demo=/collection"]
