{{/* Name of the namespaced objects. */}}
{{- define "tenantry.name" -}}
{{- .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-tenantry" .Release.Name) (contains "tenantry" .Release.Name)) | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* By these labels the pods are found: they never change. */}}
{{- define "tenantry.selector" -}}
app.kubernetes.io/name: tenantry
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tenantry.labels" -}}
{{ include "tenantry.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tenantry.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The name by which Metacontroller and the API server call the webhooks. */}}
{{- define "tenantry.host" -}}
{{ include "tenantry.name" . }}.{{ .Release.Namespace }}.svc{{ with .Values.clusterDomain }}.{{ . }}{{ end }}
{{- end -}}

{{- define "tenantry.url" -}}
{{ ternary "https" "http" .Values.tls.enabled }}://{{ include "tenantry.host" . }}:{{ .Values.service.port }}
{{- end -}}

{{- define "tenantry.tlsSecret" -}}
{{- if eq .Values.tls.source "existing" -}}
{{ required "tls.source is existing: name its Secret in tls.secretName" .Values.tls.secretName }}
{{- else -}}
{{ .Values.tls.secretName | default (printf "%s-tls" (include "tenantry.name" .)) }}
{{- end -}}
{{- end -}}

{{- define "tenantry.tokenSecret" -}}
{{ .Values.authorization.secretName | default (printf "%s-token" (include "tenantry.name" .)) }}
{{- end -}}

{{/* What a CompositeController says about connecting to the webhooks. */}}
{{- define "tenantry.connection" -}}
{{- if .Values.tls.enabled }}
caBundle:
  secretRef: {name: {{ include "tenantry.tlsSecret" . }}, namespace: {{ .Release.Namespace }}, key: ca.crt}
{{- with .Values.tls.clientCertificates }}
{{- if .enabled }}
clientTLS:
  secretRef:
    name: {{ required "tls.clientCertificates.metacontrollerSecretName is required" .metacontrollerSecretName }}
    namespace: {{ .metacontrollerSecretNamespace | default $.Release.Namespace }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.authorization.enabled }}
authorization:
  type: Bearer
  secretRef: {name: {{ include "tenantry.tokenSecret" . }}, namespace: {{ .Release.Namespace }}, key: token}
{{- end }}
{{- end -}}

{{/*
A certificate of our own CA, as the data of its Secret. It is made once: an upgrade finds what is there, unless that is for
another name, and all templates of one run get the same. Rendered without a cluster it is new each time.
*/}}
{{- define "tenantry.generatedCertificate" -}}
{{- if not (hasKey .Values "generatedCertificate") }}
{{- $host := include "tenantry.host" . }}
{{- $found := lookup "v1" "Secret" .Release.Namespace (include "tenantry.tlsSecret" .) }}
{{- $for := dig "metadata" "annotations" "tenantry.io/certificate-for" $host $found }}
{{- if and $found (eq $for $host) }}
{{- $_ := set .Values "generatedCertificate" $found.data }}
{{- else }}
{{- $ca := genCA "tenantry" 3650 }}
{{- $names := list $host (printf "%s.%s.svc" (include "tenantry.name" .) .Release.Namespace) | uniq }}
{{- $made := genSignedCert $host nil $names 3650 $ca }}
{{- $_ := set .Values "generatedCertificate" (dict "ca.crt" ($ca.Cert | b64enc) "tls.crt" ($made.Cert | b64enc) "tls.key" ($made.Key | b64enc)) }}
{{- end }}
{{- end }}
{{- toYaml .Values.generatedCertificate }}
{{- end -}}

{{/* The CA by which the API server knows the webhooks, in base64. */}}
{{- define "tenantry.caBundle" -}}
{{- if eq .Values.tls.source "generated" -}}
{{ get (include "tenantry.generatedCertificate" . | fromYaml) "ca.crt" }}
{{- else -}}
{{ required "validatingWebhook.caBundle is required where tls.source is existing" .Values.validatingWebhook.caBundle }}
{{- end -}}
{{- end -}}
