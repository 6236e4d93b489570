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
# Numba caches compiled loops; the folder of the installed package cannot be written.
ENV PATH=/opt/glocal/bin:$PATH PYTHONUNBUFFERED=1 NUMBA_CACHE_DIR=/tmp/numba
RUN groupadd --system --gid 10001 glocal && useradd --system --uid 10001 --gid glocal --no-create-home glocal \
    && mkdir /collection && chown glocal:glocal /collection
COPY --from=build /opt/glocal /opt/glocal
USER 10001:10001
VOLUME /collection
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["glocal"]
# GLOCAL_TOKEN must be set: the service refuses to listen beyond its own machine without a token.
CMD ["serve", "--collection", "demo=/collection", "--allow", "photos=/photos", "--host", "0.0.0.0"]
