# The webhooks: docker build -t tenantry .
# Both stages use the same Python: the virtual environment of the first one runs in the second one.
ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md ./
COPY compositecontrollers compositecontrollers
COPY policies policies
COPY hooks hooks
# In the versions that are tested: constraints.txt pins every dependency.
RUN python -m venv /opt/tenantry \
    && /opt/tenantry/bin/pip install --no-cache-dir --constraint constraints.txt '.[otel]' \
    && /opt/tenantry/bin/python -m compileall -q /opt/tenantry/lib

FROM python:${PYTHON}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Tenantry" \
      org.opencontainers.image.description="Running tenants out of database rows, by webhooks for Metacontroller" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/tenantry /opt/tenantry
ENV PATH=/opt/tenantry/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["tenantry"]
CMD ["serve"]
