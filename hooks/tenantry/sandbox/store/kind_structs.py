"""The structures of the built-in kinds around the pod template, in the notation of ``notation.py``."""

KIND_STRUCTS = """
Namespace: metadata*:ObjectMeta spec*:NamespaceSpec status*:NamespaceStatus
NamespaceSpec: finalizers:[string]
NamespaceStatus: conditions:[NamespaceCondition]type phase:string
NamespaceCondition: lastTransitionTime!:time message:string reason:string status!:string type!:string
Pod: metadata*:ObjectMeta spec*:PodSpec status*:PodStatus
PodStatus: allocatedResources:any conditions:[PodCondition]type containerStatuses:[any]
  ephemeralContainerStatuses:[any] extendedResourceClaimStatus:any hostIP:string hostIPs:[HostIP]
  initContainerStatuses:[any] message:string nodeAllocatableResourceClaimStatuses:[any] nominatedNodeName:string
  observedGeneration-:int phase:string podIP:string podIPs:[PodIP]ip qosClass:string reason:string resize:any
  resourceClaimStatuses:[any] resources:any startTime:time
PodCondition: lastProbeTime!:time lastTransitionTime!:time message:string observedGeneration-:int reason:string
  status!:string type!:string
HostIP: ip!:string
PodIP: ip!:string
Service: metadata*:ObjectMeta spec*:ServiceSpec status*:ServiceStatus
ServiceSpec: allocateLoadBalancerNodePorts:bool clusterIP:string clusterIPs:[string] externalIPs:[string]
  externalName:string externalTrafficPolicy:string healthCheckNodePort-:int internalTrafficPolicy:string
  ipFamilies:[string] ipFamilyPolicy:string loadBalancerClass+:string loadBalancerIP:string
  loadBalancerSourceRanges:[string] ports:[ServicePort]port+protocol publishNotReadyAddresses-:bool selector:{string}!
  sessionAffinity:string sessionAffinityConfig:SessionAffinityConfig trafficDistribution:string type:string
ServicePort: appProtocol+:string name:string nodePort-:int port!:int protocol:string targetPort:intstr
SessionAffinityConfig: clientIP:ClientIPConfig
ClientIPConfig: timeoutSeconds:int
ServiceStatus: conditions:[Condition]type loadBalancer*:LoadBalancerStatus
Condition: lastTransitionTime!:time message!:string observedGeneration-:int reason!:string status!:string type!:string
LoadBalancerStatus: ingress:[LoadBalancerIngress]
LoadBalancerIngress: hostname:string ip:string ipMode:string ports:[PortStatus]
PortStatus: error:string port!:int protocol!:string
EndpointSlice: addressType!:string endpoints!:[Endpoint] metadata*:ObjectMeta ports!:[any]
Endpoint: addresses!:[string] conditions*:EndpointConditions deprecatedTopology:{string} hints:any hostname:string
  nodeName:string targetRef:ObjectReference zone:string
EndpointConditions: ready:bool serving:bool terminating:bool
ConfigMap: binaryData:{bytes} data:{string} immutable:bool metadata*:ObjectMeta
Secret: data:{bytes} immutable:bool metadata*:ObjectMeta stringData:{string} type:string
ServiceAccount: automountServiceAccountToken:bool imagePullSecrets:[LocalObjectReference] metadata*:ObjectMeta
  secrets:[ObjectReference]name
ObjectReference#: apiVersion:string fieldPath:string kind:string name:string namespace:string resourceVersion:string
  uid:string
PersistentVolumeClaim: metadata*:ObjectMeta spec*:PersistentVolumeClaimSpec status*:PersistentVolumeClaimStatus
PersistentVolumeClaimStatus: accessModes:[string] allocatedResourceStatuses:{string} allocatedResources:{quantity}
  capacity:{quantity} conditions:[PersistentVolumeClaimCondition]type currentVolumeAttributesClassName:string
  modifyVolumeStatus:ModifyVolumeStatus phase:string
PersistentVolumeClaimCondition: lastProbeTime!:time lastTransitionTime!:time message:string reason:string
  status!:string type!:string
ModifyVolumeStatus: status!:string targetVolumeAttributesClassName:string
ResourceQuota: metadata*:ObjectMeta spec*:ResourceQuotaSpec status*:ResourceQuotaStatus
ResourceQuotaSpec: hard:{quantity} scopeSelector:ScopeSelector scopes:[string]
ScopeSelector#: matchExpressions:[ScopedResourceSelectorRequirement]
ScopedResourceSelectorRequirement: operator!:string scopeName!:string values:[string]
ResourceQuotaStatus: hard:{quantity} used:{quantity}
LimitRange: metadata*:ObjectMeta spec*:LimitRangeSpec
LimitRangeSpec: limits!:[LimitRangeItem]
LimitRangeItem: default:{quantity} defaultRequest:{quantity} max:{quantity} maxLimitRequestRatio:{quantity}
  min:{quantity} type!:string
Event: action:string count-:int eventTime!:time firstTimestamp!:time involvedObject*:ObjectReference
  lastTimestamp!:time message:string metadata*:ObjectMeta reason:string related:ObjectReference
  reportingComponent!:string reportingInstance!:string series:EventSeries source*:EventSource type:string
EventSeries: count-:int lastObservedTime:time
EventSource: component:string host:string
Deployment: metadata*:ObjectMeta spec*:DeploymentSpec status*:DeploymentStatus
DeploymentSpec: minReadySeconds-:int paused-:bool progressDeadlineSeconds:int replicas:int revisionHistoryLimit:int
  selector!:LabelSelector strategy*:DeploymentStrategy template*:PodTemplateSpec
DeploymentStrategy: rollingUpdate:RollingUpdateDeployment type:string
RollingUpdateDeployment: maxSurge:intstr maxUnavailable:intstr
DeploymentStatus: availableReplicas-:int collisionCount:int conditions:[DeploymentCondition]type
  observedGeneration-:int readyReplicas-:int replicas-:int terminatingReplicas:int unavailableReplicas-:int
  updatedReplicas-:int
DeploymentCondition: lastTransitionTime!:time lastUpdateTime!:time message:string reason:string status!:string
  type!:string
StatefulSet: metadata*:ObjectMeta spec*:StatefulSetSpec status*:StatefulSetStatus
StatefulSetSpec: minReadySeconds-:int ordinals:StatefulSetOrdinals
  persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy:string
  replicas:int revisionHistoryLimit:int selector!:LabelSelector serviceName:string template*:PodTemplateSpec
  updateStrategy*:StatefulSetUpdateStrategy volumeClaimTemplates:[PersistentVolumeClaim]
StatefulSetOrdinals: start:int
StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted:string whenScaled:string
StatefulSetUpdateStrategy: rollingUpdate:RollingUpdateStatefulSetStrategy type:string
RollingUpdateStatefulSetStrategy: maxUnavailable:intstr partition:int
StatefulSetStatus: availableReplicas!:int collisionCount:int conditions:[StatefulSetCondition]type
  currentReplicas-:int currentRevision:string observedGeneration-:int readyReplicas-:int replicas!:int
  updateRevision:string updatedReplicas-:int
StatefulSetCondition: lastTransitionTime!:time message:string reason:string status!:string type!:string
DaemonSet: metadata*:ObjectMeta spec*:DaemonSetSpec status*:DaemonSetStatus
DaemonSetSpec: minReadySeconds-:int revisionHistoryLimit:int selector!:LabelSelector template*:PodTemplateSpec
  updateStrategy*:DaemonSetUpdateStrategy
DaemonSetUpdateStrategy: rollingUpdate:RollingUpdateDaemonSet type:string
RollingUpdateDaemonSet: maxSurge:intstr maxUnavailable:intstr
DaemonSetStatus: collisionCount:int conditions:[DaemonSetCondition]type currentNumberScheduled!:int
  desiredNumberScheduled!:int numberAvailable-:int numberMisscheduled!:int numberReady!:int numberUnavailable-:int
  observedGeneration-:int updatedNumberScheduled-:int
DaemonSetCondition: lastTransitionTime!:time message:string reason:string status!:string type!:string
ReplicaSet: metadata*:ObjectMeta spec*:ReplicaSetSpec status*:ReplicaSetStatus
ReplicaSetSpec: minReadySeconds-:int replicas:int selector!:LabelSelector template*:PodTemplateSpec
ReplicaSetStatus: availableReplicas-:int conditions:[ReplicaSetCondition]type fullyLabeledReplicas-:int
  observedGeneration-:int readyReplicas-:int replicas!:int terminatingReplicas:int
ReplicaSetCondition: lastTransitionTime!:time message:string reason:string status!:string type!:string
Job: metadata*:ObjectMeta spec*:JobSpec status*:JobStatus
JobSpec: activeDeadlineSeconds:int backoffLimit:int backoffLimitPerIndex:int completionMode:string completions:int
  managedBy:string manualSelector:bool maxFailedIndexes:int parallelism:int podFailurePolicy:PodFailurePolicy
  podReplacementPolicy:string selector:LabelSelector successPolicy:SuccessPolicy suspend:bool
  template*:PodTemplateSpec ttlSecondsAfterFinished:int
PodFailurePolicy: rules!:[PodFailurePolicyRule]
PodFailurePolicyRule: action!:string onExitCodes:PodFailurePolicyOnExitCodesRequirement
  onPodConditions:[PodFailurePolicyOnPodConditionsPattern]
PodFailurePolicyOnExitCodesRequirement: containerName:string operator!:string values!:[int]set
PodFailurePolicyOnPodConditionsPattern: status:string type!:string
SuccessPolicy: rules!:[SuccessPolicyRule]
SuccessPolicyRule: succeededCount:int succeededIndexes:string
JobStatus: active-:int completedIndexes:string completionTime:time conditions:[JobCondition] failed-:int
  failedIndexes:string ready:int startTime:time succeeded-:int terminating:int
  uncountedTerminatedPods:UncountedTerminatedPods
JobCondition: lastProbeTime!:time lastTransitionTime!:time message:string reason:string status!:string type!:string
UncountedTerminatedPods: failed:[string]set succeeded:[string]set
CronJob: metadata*:ObjectMeta spec*:CronJobSpec status*:CronJobStatus
CronJobSpec: concurrencyPolicy:string failedJobsHistoryLimit:int jobTemplate*:JobTemplateSpec schedule!:string
  startingDeadlineSeconds:int successfulJobsHistoryLimit:int suspend:bool timeZone+:string
JobTemplateSpec: metadata*:ObjectMeta spec*:JobSpec
CronJobStatus: active:[ObjectReference] lastScheduleTime:time lastSuccessfulTime:time
Ingress: metadata*:ObjectMeta spec*:IngressSpec status*:IngressStatus
IngressSpec: defaultBackend:IngressBackend ingressClassName+:string rules:[IngressRule] tls:[IngressTLS]
IngressBackend: resource:TypedLocalObjectReference service:IngressServiceBackend
IngressServiceBackend: name!:string port*:ServiceBackendPort
ServiceBackendPort#: name:string number-:int
IngressRule: host:string http:HTTPIngressRuleValue
HTTPIngressRuleValue: paths!:[HTTPIngressPath]
HTTPIngressPath: backend*:IngressBackend path:string pathType!:string
IngressTLS: hosts:[string] secretName:string
IngressStatus: loadBalancer*:IngressLoadBalancerStatus
IngressLoadBalancerStatus: ingress:[IngressLoadBalancerIngress]
IngressLoadBalancerIngress: hostname:string ip:string ports:[IngressPortStatus]
IngressPortStatus: error:string port!:int protocol!:string
NetworkPolicy: metadata*:ObjectMeta spec*:NetworkPolicySpec
NetworkPolicySpec: egress:[NetworkPolicyEgressRule] ingress:[NetworkPolicyIngressRule] podSelector*:LabelSelector
  policyTypes:[string]
NetworkPolicyEgressRule: ports:[NetworkPolicyPort] to:[NetworkPolicyPeer]
NetworkPolicyPort: endPort:int port:intstr protocol:string
NetworkPolicyPeer: ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector
IPBlock: cidr!:string except:[string]
NetworkPolicyIngressRule: from:[NetworkPolicyPeer] ports:[NetworkPolicyPort]
PodDisruptionBudget: metadata*:ObjectMeta spec*:PodDisruptionBudgetSpec status*:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec: maxUnavailable:intstr minAvailable:intstr selector:LabelSelector
  unhealthyPodEvictionPolicy:string
PodDisruptionBudgetStatus: conditions:[Condition]type currentHealthy!:int desiredHealthy!:int disruptedPods:{time}
  disruptionsAllowed!:int expectedPods!:int observedGeneration-:int
HorizontalPodAutoscaler: metadata*:ObjectMeta spec*:HorizontalPodAutoscalerSpec status*:HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec: behavior:HorizontalPodAutoscalerBehavior maxReplicas!:int metrics:[MetricSpec]
  minReplicas:int scaleTargetRef*:CrossVersionObjectReference
HorizontalPodAutoscalerBehavior: scaleDown:HPAScalingRules scaleUp:HPAScalingRules
HPAScalingRules: policies:[HPAScalingPolicy] selectPolicy:string stabilizationWindowSeconds:int tolerance:quantity
HPAScalingPolicy: periodSeconds!:int type!:string value!:int
MetricSpec: containerResource:ContainerResourceMetricSource external:ExternalMetricSource object:ObjectMetricSource
  pods:PodsMetricSource resource:ResourceMetricSource type!:string
ContainerResourceMetricSource: container!:string name!:string target*:MetricTarget
MetricTarget: averageUtilization:int averageValue:quantity type!:string value:quantity
ExternalMetricSource: metric*:MetricIdentifier target*:MetricTarget
MetricIdentifier: name!:string selector:LabelSelector
ObjectMetricSource: describedObject*:CrossVersionObjectReference metric*:MetricIdentifier target*:MetricTarget
CrossVersionObjectReference: apiVersion:string kind!:string name!:string
PodsMetricSource: metric*:MetricIdentifier target*:MetricTarget
ResourceMetricSource: name!:string target*:MetricTarget
HorizontalPodAutoscalerStatus: conditions:[HorizontalPodAutoscalerCondition]type currentMetrics!:[any]
  currentReplicas-:int desiredReplicas!:int lastScaleTime:time observedGeneration-:int
HorizontalPodAutoscalerCondition: lastTransitionTime!:time message:string reason:string status!:string type!:string
Role: metadata*:ObjectMeta rules!:[PolicyRule]
PolicyRule: apiGroups:[string] nonResourceURLs:[string] resourceNames:[string] resources:[string] verbs!:[string]
RoleBinding: metadata*:ObjectMeta roleRef*:RoleRef subjects:[Subject]
RoleRef#: apiGroup:string kind!:string name!:string
Subject#: apiGroup:string kind!:string name!:string namespace:string
ClusterRole: aggregationRule:AggregationRule metadata*:ObjectMeta rules!:[PolicyRule]
AggregationRule: clusterRoleSelectors:[LabelSelector]
ClusterRoleBinding: metadata*:ObjectMeta roleRef*:RoleRef subjects:[Subject]
ValidatingAdmissionPolicy: metadata*:ObjectMeta spec*:ValidatingAdmissionPolicySpec
  status*:ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicySpec: auditAnnotations:[AuditAnnotation] failurePolicy:string
  matchConditions:[MatchCondition]name matchConstraints:MatchResources paramKind:ParamKind validations:[Validation]
  variables:[Variable]name
AuditAnnotation: key!:string valueExpression!:string
MatchCondition: expression!:string name!:string
MatchResources#: excludeResourceRules:[NamedRuleWithOperations] matchPolicy:string namespaceSelector:LabelSelector
  objectSelector:LabelSelector resourceRules:[NamedRuleWithOperations]
NamedRuleWithOperations#: apiGroups:[string] apiVersions:[string] operations:[string] resourceNames:[string]
  resources:[string] scope:string
ParamKind#: apiVersion:string kind:string
Validation: expression!:string message:string messageExpression:string reason:string
Variable#: expression!:string name!:string
ValidatingAdmissionPolicyStatus: conditions:[Condition]type observedGeneration-:int typeChecking:TypeChecking
TypeChecking: expressionWarnings:[ExpressionWarning]
ExpressionWarning: fieldRef!:string warning!:string
ValidatingAdmissionPolicyBinding: metadata*:ObjectMeta spec*:ValidatingAdmissionPolicyBindingSpec
ValidatingAdmissionPolicyBindingSpec: matchResources:MatchResources paramRef:ParamRef policyName!:string
  validationActions!:[string]set
ParamRef#: name:string namespace:string parameterNotFoundAction:string selector:LabelSelector
APIService: metadata*:ObjectMeta spec*:APIServiceSpec status*:APIServiceStatus
APIServiceSpec: caBundle:bytes group:string groupPriorityMinimum!:int insecureSkipTLSVerify-:bool
  service:ServiceReference version:string versionPriority!:int
ServiceReference: name:string namespace:string port:int
APIServiceStatus: conditions:[APIServiceCondition]type
APIServiceCondition: lastTransitionTime!:time message:string reason:string status!:string type!:string
CustomResourceDefinition: metadata*:ObjectMeta spec*:CustomResourceDefinitionSpec
  status*:CustomResourceDefinitionStatus
CustomResourceDefinitionSpec: conversion:any group!:string names*:any preserveUnknownFields-:bool scope!:string
  versions!:[any]
CustomResourceDefinitionStatus: acceptedNames:any conditions:[CustomResourceDefinitionCondition]type
  observedGeneration-:int storedVersions:[string]
CustomResourceDefinitionCondition: lastTransitionTime!:time message:string observedGeneration-:int reason:string
  status!:string type!:string
"""
