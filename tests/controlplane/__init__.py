"""A real Kubernetes control plane without nodes, on loopback: etcd, kube-apiserver and kube-controller-manager.

The programs are built from Go modules and cached outside the tree. Scenarios run on it, and ``make cluster`` shows
it to a person.
"""
