package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Greeting is the kind of kube/examples/crd.yaml, written by hand as controller-gen would write it.
type Greeting struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              GreetingSpec   `json:"spec"`
	Status            GreetingStatus `json:"status,omitempty"`
}

type GreetingSpec struct {
	Text string `json:"text"`
}

type GreetingStatus struct {
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

type GreetingList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Greeting `json:"items"`
}

var greetingVersion = schema.GroupVersion{Group: "example.windlass.dev", Version: "v1"}

func addGreetings(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(greetingVersion, &Greeting{}, &GreetingList{})
	metav1.AddToGroupVersion(scheme, greetingVersion)
}

func (in *Greeting) DeepCopy() *Greeting {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Status.Conditions = nil
	for i := range in.Status.Conditions {
		out.Status.Conditions = append(out.Status.Conditions, *in.Status.Conditions[i].DeepCopy())
	}
	return &out
}

func (in *Greeting) DeepCopyObject() runtime.Object { return in.DeepCopy() }

func (in *GreetingList) DeepCopyObject() runtime.Object {
	out := *in
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	out.Items = nil
	for i := range in.Items {
		out.Items = append(out.Items, *in.Items[i].DeepCopy())
	}
	return &out
}
