# Two stages: the first builds an environment, the second is only that environment and its user.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/greenlit
COPY requirements.lock .
RUN /opt/greenlit/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY extractors extractors
COPY storage storage
COPY pipeline pipeline
COPY migrations migrations
RUN /opt/greenlit/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin greenlit \
 && install -d -o greenlit -g greenlit /data
COPY --from=build /opt/greenlit /opt/greenlit
ENV PATH=/opt/greenlit/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GREENLIT_DATA_DIR=/data \
    GREENLIT_WEB_HOST=0.0.0.0
USER greenlit
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["greenlit", "run"]
