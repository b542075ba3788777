"""The structures that a pod template consists of, in the notation of ``notation.py``."""

POD_STRUCTS = """
ObjectMeta: annotations:{string} creationTimestamp:time deletionGracePeriodSeconds:int deletionTimestamp:time
  finalizers:[string]set generateName:string generation-:int labels:{string} name:string namespace:string
  ownerReferences:[OwnerReference]uid resourceVersion:string uid:string
OwnerReference#: apiVersion!:string blockOwnerDeletion:bool controller:bool kind!:string name!:string uid!:string
PodSpec: activeDeadlineSeconds:int affinity:Affinity automountServiceAccountToken:bool containers!:[Container]name
  dnsConfig:PodDNSConfig dnsPolicy:string enableServiceLinks:bool ephemeralContainers:[EphemeralContainer]name
  hostAliases:[HostAlias]ip hostIPC-:bool hostNetwork-:bool hostPID-:bool hostUsers:bool hostname:string
  hostnameOverride+:string imagePullSecrets:[LocalObjectReference]name initContainers:[Container]name nodeName:string
  nodeSelector:{string}! os:PodOS overhead:{quantity} preemptionPolicy+:string priority:int priorityClassName:string
  readinessGates:[PodReadinessGate] resourceClaims:[PodResourceClaim]name resources:ResourceRequirements
  restartPolicy:string runtimeClassName+:string schedulerName:string schedulingGates:[PodSchedulingGate]name
  schedulingGroup:PodSchedulingGroup securityContext:PodSecurityContext serviceAccount:string
  serviceAccountName:string setHostnameAsFQDN:bool shareProcessNamespace:bool subdomain:string
  terminationGracePeriodSeconds:int tolerations:[Toleration]
  topologySpreadConstraints:[TopologySpreadConstraint]topologyKey+whenUnsatisfiable volumes:[Volume]name
Affinity: nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
NodeAffinity: preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
  requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
PreferredSchedulingTerm: preference*:NodeSelectorTerm weight!:int
NodeSelectorTerm#: matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
NodeSelectorRequirement: key!:string operator!:string values:[string]
NodeSelector#: nodeSelectorTerms!:[NodeSelectorTerm]
PodAffinity: preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
  requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
WeightedPodAffinityTerm: podAffinityTerm*:PodAffinityTerm weight!:int
PodAffinityTerm: labelSelector:LabelSelector matchLabelKeys:[string] mismatchLabelKeys:[string]
  namespaceSelector:LabelSelector namespaces:[string] topologyKey!:string
LabelSelector#: matchExpressions:[LabelSelectorRequirement] matchLabels:{string}
LabelSelectorRequirement: key!:string operator!:string values:[string]
PodAntiAffinity: preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
  requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
Container: args:[string] command:[string] env:[EnvVar]name envFrom:[EnvFromSource] image:string imagePullPolicy:string
  lifecycle:Lifecycle livenessProbe:Probe name!:string ports:[ContainerPort]containerPort+protocol
  readinessProbe:Probe resizePolicy:[ContainerResizePolicy] resources*:ResourceRequirements restartPolicy:string
  restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe stdin-:bool
  stdinOnce-:bool terminationMessagePath:string terminationMessagePolicy:string tty-:bool
  volumeDevices:[VolumeDevice]devicePath volumeMounts:[VolumeMount]mountPath workingDir:string
EnvVar: name!:string value:string valueFrom:EnvVarSource
EnvVarSource: configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector
  resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
ConfigMapKeySelector#: key!:string name:string optional:bool
ObjectFieldSelector#: apiVersion:string fieldPath!:string
FileKeySelector#: key!:string optional:bool path!:string volumeName!:string
ResourceFieldSelector#: containerName:string divisor:quantity resource!:string
SecretKeySelector#: key!:string name:string optional:bool
EnvFromSource: configMapRef:ConfigMapEnvSource prefix:string secretRef:SecretEnvSource
ConfigMapEnvSource: name:string optional:bool
SecretEnvSource: name:string optional:bool
Lifecycle: postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:string
LifecycleHandler: exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction
ExecAction: command:[string]
HTTPGetAction: host:string httpHeaders:[HTTPHeader] path:string port!:intstr scheme:string
HTTPHeader: name!:string value!:string
SleepAction: seconds!:int
TCPSocketAction: host:string port!:intstr
Probe: exec:ExecAction failureThreshold-:int grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds-:int
  periodSeconds-:int successThreshold-:int tcpSocket:TCPSocketAction terminationGracePeriodSeconds:int
  timeoutSeconds-:int
GRPCAction: port!:int service:string
ContainerPort: containerPort!:int hostIP:string hostPort-:int name:string protocol:string
ContainerResizePolicy: resourceName!:string restartPolicy!:string
ResourceRequirements: claims:[ResourceClaim]name limits:{quantity} requests:{quantity}
ResourceClaim: name!:string request:string
ContainerRestartRule: action!:string exitCodes:ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes: operator!:string values:[int]set
SecurityContext: allowPrivilegeEscalation:bool appArmorProfile:AppArmorProfile capabilities:Capabilities
  privileged:bool procMount:string readOnlyRootFilesystem:bool runAsGroup:int runAsNonRoot:bool runAsUser:int
  seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions
AppArmorProfile: localhostProfile:string type!:string
Capabilities: add:[string] drop:[string]
SELinuxOptions: level:string role:string type:string user:string
SeccompProfile: localhostProfile:string type!:string
WindowsSecurityContextOptions: gmsaCredentialSpec:string gmsaCredentialSpecName:string hostProcess:bool
  runAsUserName:string
VolumeDevice: devicePath!:string name!:string
VolumeMount: mountPath!:string mountPropagation:string name!:string readOnly-:bool recursiveReadOnly:string
  subPath:string subPathExpr:string
PodDNSConfig: nameservers:[string] options:[PodDNSConfigOption] searches:[string]
PodDNSConfigOption: name:string value:string
EphemeralContainer: args:[string] command:[string] env:[EnvVar]name envFrom:[EnvFromSource] image:string
  imagePullPolicy:string lifecycle:Lifecycle livenessProbe:Probe name!:string
  ports:[ContainerPort]containerPort+protocol readinessProbe:Probe resizePolicy:[ContainerResizePolicy]
  resources*:ResourceRequirements restartPolicy:string restartPolicyRules:[ContainerRestartRule]
  securityContext:SecurityContext startupProbe:Probe stdin-:bool stdinOnce-:bool targetContainerName:string
  terminationMessagePath:string terminationMessagePolicy:string tty-:bool volumeDevices:[VolumeDevice]devicePath
  volumeMounts:[VolumeMount]mountPath workingDir:string
HostAlias: hostnames:[string] ip!:string
LocalObjectReference#: name:string
PodOS: name!:string
PodReadinessGate: conditionType!:string
PodResourceClaim: name!:string resourceClaimName:string resourceClaimTemplateName:string
PodSchedulingGate: name!:string
PodSchedulingGroup: podGroupName:string
PodSecurityContext: appArmorProfile:AppArmorProfile fsGroup:int fsGroupChangePolicy+:string runAsGroup:int
  runAsNonRoot:bool runAsUser:int seLinuxChangePolicy:string seLinuxOptions:SELinuxOptions
  seccompProfile:SeccompProfile supplementalGroups:[int] supplementalGroupsPolicy:string sysctls:[Sysctl]
  windowsOptions:WindowsSecurityContextOptions
Sysctl: name!:string value!:string
Toleration: effect:string key:string operator:string tolerationSeconds:int value:string
TopologySpreadConstraint: labelSelector:LabelSelector matchLabelKeys:[string] maxSkew!:int minDomains:int
  nodeAffinityPolicy:string nodeTaintsPolicy:string topologyKey!:string whenUnsatisfiable!:string
Volume: awsElasticBlockStore:any azureDisk:any azureFile:any cephfs:any cinder:any configMap:ConfigMapVolumeSource
  csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource emptyDir:EmptyDirVolumeSource
  ephemeral:EphemeralVolumeSource fc:any flexVolume:any flocker:any gcePersistentDisk:any gitRepo:any glusterfs:any
  hostPath:HostPathVolumeSource image:ImageVolumeSource iscsi:any name!:string nfs:NFSVolumeSource
  persistentVolumeClaim:PersistentVolumeClaimVolumeSource photonPersistentDisk:any portworxVolume:any
  projected:ProjectedVolumeSource quobyte:any rbd:any scaleIO:any secret:SecretVolumeSource storageos:any
  vsphereVolume:any
ConfigMapVolumeSource: defaultMode:int items:[KeyToPath] name:string optional:bool
KeyToPath: key!:string mode:int path!:string
CSIVolumeSource: driver!:string fsType:string nodePublishSecretRef:LocalObjectReference readOnly-:bool
  volumeAttributes:{string}
DownwardAPIVolumeSource: defaultMode:int items:[DownwardAPIVolumeFile]
DownwardAPIVolumeFile: fieldRef:ObjectFieldSelector mode:int path!:string resourceFieldRef:ResourceFieldSelector
EmptyDirVolumeSource: medium:string sizeLimit:quantity
EphemeralVolumeSource: volumeClaimTemplate:PersistentVolumeClaimTemplate
PersistentVolumeClaimTemplate: metadata*:ObjectMeta spec*:PersistentVolumeClaimSpec
PersistentVolumeClaimSpec: accessModes:[string] dataSource:TypedLocalObjectReference
  dataSourceRef:TypedObjectReference resources*:VolumeResourceRequirements selector:LabelSelector
  storageClassName+:string volumeAttributesClassName+:string volumeMode:string volumeName:string
TypedLocalObjectReference#: apiGroup+:string kind!:string name!:string
TypedObjectReference: apiGroup+:string kind!:string name!:string namespace:string
VolumeResourceRequirements: limits:{quantity} requests:{quantity}
HostPathVolumeSource: path!:string type:string
ImageVolumeSource: pullPolicy:string reference:string
NFSVolumeSource: path!:string readOnly-:bool server!:string
PersistentVolumeClaimVolumeSource: claimName!:string readOnly-:bool
ProjectedVolumeSource: defaultMode:int sources:[VolumeProjection]
VolumeProjection: clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection
  downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection secret:SecretProjection
  serviceAccountToken:ServiceAccountTokenProjection
ClusterTrustBundleProjection: labelSelector:LabelSelector name:string optional:bool path!:string signerName:string
ConfigMapProjection: items:[KeyToPath] name:string optional:bool
DownwardAPIProjection: items:[DownwardAPIVolumeFile]
PodCertificateProjection: certificateChainPath:string credentialBundlePath:string keyPath:string keyType!:string
  maxExpirationSeconds:int signerName!:string userAnnotations:{string}
SecretProjection: items:[KeyToPath] name:string optional:bool
ServiceAccountTokenProjection: audience:string expirationSeconds:int path!:string
SecretVolumeSource: defaultMode:int items:[KeyToPath] optional:bool secretName:string
PodTemplateSpec: metadata*:ObjectMeta spec*:PodSpec
"""
