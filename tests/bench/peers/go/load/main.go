// What is no peer: fills an API server and measures how fast it takes the writes of one controller, with client-go's REST
// client.
//
//	load greetings|pods N     makes N objects in the namespace `bench`
//	load raw N                applies the ConfigMap and the status of each of N Greetings, nothing else: the limit
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	namespace  = "bench"
	configMaps = "/api/v1/namespaces/" + namespace + "/configmaps/"
	podsPath   = "/api/v1/namespaces/" + namespace + "/pods"
	greetings  = "/apis/example.windlass.dev/v1/namespaces/" + namespace + "/greetings"
)

type parent struct {
	Metadata struct {
		Name       string `json:"name"`
		UID        string `json:"uid"`
		Generation int64  `json:"generation"`
	} `json:"metadata"`
	Spec struct {
		Text string `json:"text"`
	} `json:"spec"`
}

func connect() (*rest.RESTClient, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.UnversionedRESTClientFor(config)
}

// parallel calls body(0) … body(count-1) from BENCH_WORKERS goroutines and returns the first error.
func parallel(count, workers int, body func(index int) error) error {
	var next atomic.Int64
	var group sync.WaitGroup
	var once sync.Once
	var failure error
	for range workers {
		group.Go(func() {
			for index := int(next.Add(1)) - 1; index < count; index = int(next.Add(1)) - 1 {
				if err := body(index); err != nil {
					once.Do(func() { failure = err })
					return
				}
			}
		})
	}
	group.Wait()
	return failure
}

func create(client *rest.RESTClient, path string, object map[string]any) error {
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return client.Post().AbsPath(path).Body(body).SetHeader("Content-Type", "application/json").Do(context.Background()).Error()
}

func greeting(index int) map[string]any {
	return map[string]any{"apiVersion": "example.windlass.dev/v1", "kind": "Greeting",
		"metadata": map[string]any{"name": fmt.Sprintf("greeting-%05d", index)},
		"spec":     map[string]any{"text": fmt.Sprintf("Good morning, number %d", index)}}
}

func listParents(client *rest.RESTClient) ([]parent, error) {
	body, err := client.Get().AbsPath(greetings).Do(context.Background()).Raw()
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []parent `json:"items"`
	}
	return list.Items, json.Unmarshal(body, &list)
}

func apply(client *rest.RESTClient, path string, object map[string]any) error {
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return client.Patch(types.ApplyYAMLPatchType).AbsPath(path).Param("fieldManager", "bench").Param("force", "true").
		Body(body).Do(context.Background()).Error()
}

func writeBoth(client *rest.RESTClient, of parent) error {
	owner := map[string]any{"apiVersion": "example.windlass.dev/v1", "kind": "Greeting", "name": of.Metadata.Name,
		"uid": of.Metadata.UID, "controller": true, "blockOwnerDeletion": true}
	err := apply(client, configMaps+of.Metadata.Name, map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": of.Metadata.Name, "namespace": namespace, "ownerReferences": []any{owner}},
		"data":     map[string]any{"text": of.Spec.Text}})
	if err != nil {
		return err
	}
	ready := map[string]any{"type": "Ready", "status": "True", "reason": "Said", "message": "",
		"observedGeneration": of.Metadata.Generation, "lastTransitionTime": metav1.Now().Format(time.RFC3339)}
	return apply(client, greetings+"/"+of.Metadata.Name+"/status", map[string]any{
		"apiVersion": "example.windlass.dev/v1", "kind": "Greeting",
		"metadata": map[string]any{"name": of.Metadata.Name, "namespace": namespace},
		"status":   map[string]any{"conditions": []any{ready}}})
}

func raw(client *rest.RESTClient, count, workers int) error {
	parents, err := listParents(client)
	if err != nil {
		return err
	}
	if len(parents) != count {
		return fmt.Errorf("the server has %d Greetings, not %d", len(parents), count)
	}
	var first sync.Once
	err = parallel(count, workers, func(index int) error {
		err := writeBoth(client, parents[index])
		first.Do(func() { fmt.Println("bench first-reconcile") })
		return err
	})
	if err == nil {
		fmt.Printf("bench converged reconciles=%d\n", count)
	}
	return err
}

func run(what string, count int) error {
	workers, err := strconv.Atoi(os.Getenv("BENCH_WORKERS"))
	if err != nil {
		return fmt.Errorf("BENCH_WORKERS: %w", err)
	}
	client, err := connect()
	if err != nil {
		return err
	}
	switch what {
	case "greetings":
		return parallel(count, workers, func(index int) error { return create(client, greetings, greeting(index)) })
	case "pods":
		return parallel(count, workers, func(index int) error { return create(client, podsPath, pod(index)) })
	case "raw":
		return raw(client, count, workers)
	}
	return fmt.Errorf("unknown word %q", what)
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: load greetings|pods|raw N")
		os.Exit(2)
	}
	count, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = run(os.Args[1], count)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
