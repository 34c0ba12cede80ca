# docker build -t dlp .   then   docker run --rm -v "$PWD:/work:ro" dlp scan --git-history
FROM python:3.12-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN python -m venv /opt/dlp && /opt/dlp/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin dlp
COPY --from=build /opt/dlp /opt/dlp
ENV PATH=/opt/dlp/bin:$PATH DLP_CACHE=/home/dlp/cache PYTHONDONTWRITEBYTECODE=1
USER 10001
# The rules are compiled once, here, and not at the start of every container.
RUN echo nothing | dlp scan --no-record -
WORKDIR /work
ENTRYPOINT ["dlp"]
CMD ["scan", "--git-history"]
