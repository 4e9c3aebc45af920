// The benchmark's controller with controller-runtime: every Greeting owns a ConfigMap that carries its text. The protocol
// with the harness (environment and lines on stdout) is in tests/bench/README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

const fieldOwner = client.FieldOwner("bench")

type reconciler struct {
	client.Client
	progress *progress
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var greeting Greeting
	if err := r.Get(ctx, request.NamespacedName, &greeting); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !greeting.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	if err := r.Apply(ctx, configMapFor(&greeting), fieldOwner, client.ForceOwnership); err != nil {
		return ctrl.Result{}, err
	}
	changed := meta.SetStatusCondition(&greeting.Status.Conditions, metav1.Condition{
		Type: "Ready", Status: metav1.ConditionTrue, Reason: "Said", ObservedGeneration: greeting.Generation})
	if changed {
		status, err := statusOf(&greeting)
		if err != nil {
			return ctrl.Result{}, err
		}
		if err := r.Status().Apply(ctx, status, fieldOwner, client.ForceOwnership); err != nil {
			return ctrl.Result{}, err
		}
	}
	r.progress.reconciled(request.Name, greeting.Spec.Text)
	return ctrl.Result{}, nil
}

func configMapFor(greeting *Greeting) runtime.ApplyConfiguration {
	owner := metav1ac.OwnerReference().WithAPIVersion(greetingVersion.String()).WithKind("Greeting").
		WithName(greeting.Name).WithUID(greeting.UID).WithController(true).WithBlockOwnerDeletion(true)
	return corev1ac.ConfigMap(greeting.Name, greeting.Namespace).WithOwnerReferences(owner).
		WithData(map[string]string{"text": greeting.Spec.Text})
}

func statusOf(greeting *Greeting) (runtime.ApplyConfiguration, error) {
	status, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&greeting.Status)
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{Object: map[string]any{"status": status}}
	object.SetGroupVersionKind(greetingVersion.WithKind("Greeting"))
	object.SetNamespace(greeting.Namespace)
	object.SetName(greeting.Name)
	return client.ApplyConfigurationFromUnstructured(object), nil
}

func runController(manager ctrl.Manager) error {
	workers, parents := number("BENCH_WORKERS"), number("BENCH_PARENTS")
	return ctrl.NewControllerManagedBy(manager).
		For(&Greeting{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&corev1.ConfigMap{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		Complete(&reconciler{Client: manager.GetClient(), progress: newProgress(parents)})
}

// cachePods holds the metadata of all pods and says how many when they are there.
func cachePods(ctx context.Context, manager ctrl.Manager) error {
	pods := &metav1.PartialObjectMetadata{}
	pods.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Pod"))
	informer, err := manager.GetCache().GetInformer(ctx, pods, cache.BlockUntilSynced(false))
	if err != nil {
		return err
	}
	var count atomic.Int64
	registration, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{AddFunc: func(any) { count.Add(1) }})
	if err != nil {
		return err
	}
	go func() {
		if toolscache.WaitForCacheSync(ctx.Done(), registration.HasSynced) {
			say(fmt.Sprintf("synced objects=%d", count.Load()))
		}
	}()
	return nil
}

func run() error {
	ctrl.SetLogger(zap.New())
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	addGreetings(scheme)
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	config.QPS = -1 // no peer has a client-side limit here
	options := ctrl.Options{Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"}}
	podMode := os.Getenv("BENCH_MODE") == "cache-pods"
	if podMode {
		options.Cache.DefaultTransform = cache.TransformStripManagedFields()
		options.Cache.DefaultNamespaces = namespaces(os.Getenv("BENCH_NAMESPACE"))
	}
	manager, err := ctrl.NewManager(config, options)
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	if podMode {
		err = cachePods(ctx, manager)
	} else {
		err = runController(manager)
	}
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}

func namespaces(name string) map[string]cache.Config {
	if name == "" {
		return nil
	}
	return map[string]cache.Config{name: {}}
}

func number(variable string) int {
	value, err := strconv.Atoi(os.Getenv(variable))
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s must be a number: %v\n", variable, err)
		os.Exit(2)
	}
	return value
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
