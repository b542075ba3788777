{{/* Values that contradict each other are refused, each with the way out: half of them would have no effect. */}}
{{- define "tenantry.checks" -}}
{{- if and .Values.validatingWebhook.enabled (not .Values.tls.enabled) }}
{{- fail "validatingWebhook.enabled needs tls.enabled: the API server speaks HTTPS alone" }}
{{- end }}
{{- if and .Values.tls.clientCertificates.enabled (not .Values.tls.enabled) }}
{{- fail "tls.clientCertificates.enabled needs tls.enabled: without TLS nobody shows a certificate" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (not (dig "requests" "cpu" "" .Values.resources)) }}
{{- fail "autoscaling.enabled needs resources.requests.cpu: the target is a percentage of it" }}
{{- end }}
{{- $monitors := list .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}
{{- if has true $monitors }}
{{- if not .Values.metrics.enabled }}
{{- fail "metrics.serviceMonitor and metrics.podMonitor need metrics.enabled: there is nothing to scrape" }}
{{- end }}
{{- if not (has false $monitors) }}
{{- fail "enable metrics.serviceMonitor or metrics.podMonitor: with both, everything is counted twice" }}
{{- end }}
{{- end }}
{{- range .Values.server.extraEnv }}
{{- if hasPrefix "TENANTRY_" .name }}
{{- fail (printf "server.extraEnv: %s has a value of its own, most of them under server: a variable given twice is not the same everywhere" .name) }}
{{- end }}
{{- end }}
{{- include "tenantry.checkChildResources" . }}
{{- end -}}

{{/* Two entries for one kind, in two versions or one, and Metacontroller deletes and makes the same objects for ever. */}}
{{- define "tenantry.checkChildResources" -}}
{{- $seen := dict }}
{{- $children := (.Files.Get "files/compositecontrollers/tenant.yaml" | fromYaml).spec.childResources }}
{{- range concat $children .Values.controllers.extraChildResources }}
{{- $group := ternary (splitList "/" .apiVersion | first) "" (contains "/" .apiVersion) }}
{{- $kind := printf "%s.%s" .resource $group | trimSuffix "." }}
{{- if hasKey $seen $kind }}
{{- fail (printf "controllers.extraChildResources: %s of %s is listed already, as %s: take it out" .resource .apiVersion (get $seen $kind)) }}
{{- end }}
{{- $_ := set $seen $kind .apiVersion }}
{{- end }}
{{- end -}}
