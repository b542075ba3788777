# The webhooks: docker build -t tenantry .
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md ./
COPY hooks hooks
RUN python -m venv /opt/tenantry \
    && /opt/tenantry/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.13-slim
COPY --from=build /opt/tenantry /opt/tenantry
ENV PATH=/opt/tenantry/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["tenantry"]
CMD ["serve"]
