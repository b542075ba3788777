{{/* What Metacontroller must be allowed: our kinds, what they relate, and every kind that templates may use. */}}
{{- define "tenantry.metacontrollerRules" -}}
- apiGroups: [metacontroller.k8s.io]
  resources: ["*"]
  verbs: ["*"]
- apiGroups: [tenantry.io]
  resources: ["*"]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [namespaces, secrets]
  verbs: [get, list, watch]
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch, update]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, list, watch, create, update, patch]
{{- $byGroup := dict }}
{{- $children := (.Files.Get "files/compositecontrollers/tenant.yaml" | fromYaml).spec.childResources }}
{{- range concat $children .Values.controllers.extraChildResources }}
{{- $group := ternary (splitList "/" .apiVersion | first) "" (contains "/" .apiVersion) }}
{{- $_ := set $byGroup $group (append (get $byGroup $group | default list) .resource) }}
{{- end }}
{{- range $group := keys $byGroup | sortAlpha }}
- apiGroups: [{{ $group | quote }}]
  resources: {{ get $byGroup $group | sortAlpha | uniq | toJson }}
  verbs: [get, list, watch, create, update, patch, delete]
{{- end }}
{{- end -}}
