# syntax=docker/dockerfile:1

# Tags text, without torch (docs/how-to/container.md):
#     docker build -t postagger .
#     echo "Time flies." | docker run --rm -i postagger
# The server, for compose.yaml:
#     docker build -t postagger-serve --target serve .

# -- the native kernel and the package, in an environment of their own ------------------------------------
FROM debian:bookworm-slim AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]

# Debian's own security updates are wanted, so its packages have no version here.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/postagger

WORKDIR /build
COPY native native
COPY pyproject.toml README.md LICENSE ./
COPY configs configs
COPY data/challenge data/challenge
COPY data/models data/models
COPY data/sample data/sample
COPY postagger postagger

RUN /opt/postagger/bin/pip install --no-cache-dir ./native .
COPY scripts/slim_environment /usr/local/bin/

# -- the same with what the server needs ------------------------------------------------------------------
FROM build AS build-serve
RUN /opt/postagger/bin/pip install --no-cache-dir '.[serve]' \
    && slim_environment /opt/postagger

FROM build AS build-tag
RUN slim_environment /opt/postagger

# -- what both images have --------------------------------------------------------------------------------
FROM debian:bookworm-slim AS runtime
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/* \
    && find /usr/lib/python3* -type d \( -name __pycache__ -o -name lib2to3 -o -name pydoc_data \) \
        -prune -exec rm -rf {} + \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin postagger
ENV PATH=/opt/postagger/bin:$PATH \
    PYTHONUNBUFFERED=1
WORKDIR /data

# -- the server -------------------------------------------------------------------------------------------
FROM runtime AS serve
COPY --from=build-serve /opt/postagger /opt/postagger
# Once as root, so that what is imported is there compiled.
RUN postagger tag en /etc/debian_version && postagger serve --help
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["postagger", "serve", "--host", "0.0.0.0", "--port", "8000"]
CMD ["en"]

# -- tagging: the default ---------------------------------------------------------------------------------
FROM runtime AS tag
COPY --from=build-tag /opt/postagger /opt/postagger
# Once as root, so that what is imported is there compiled.
RUN postagger tag en /etc/debian_version && postagger info en
USER 10001
ENTRYPOINT ["postagger"]
CMD ["tag"]
