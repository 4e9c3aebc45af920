//! The benchmark's controller with kube-rs: every Greeting owns a ConfigMap that carries its text. The protocol with the
//! harness (environment and lines on stdout) is in tests/bench/README.md.
mod progress;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::StreamExt;
use k8s_openapi::{
    api::core::v1::{ConfigMap, Pod},
    apimachinery::pkg::apis::meta::v1::{Condition, Time},
    jiff::Timestamp,
};
use kube::{
    Api, Client, CustomResource, Resource, ResourceExt,
    api::{ObjectMeta, Patch, PatchParams},
    runtime::{
        WatchStreamExt,
        controller::{Action, Config, Controller},
        metadata_watcher, predicates, reflector, watcher,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use progress::{Progress, say};

#[derive(CustomResource, Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[kube(group = "example.windlass.dev", version = "v1", kind = "Greeting", namespaced, status = "GreetingStatus")]
struct GreetingSpec {
    text: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
struct GreetingStatus {
    #[serde(default)]
    conditions: Vec<Condition>,
}

struct Context {
    client: Client,
    progress: Progress,
}

fn config_map_for(greeting: &Greeting) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: greeting.metadata.name.clone(),
            namespace: greeting.metadata.namespace.clone(),
            owner_references: greeting.controller_owner_ref(&()).map(|owner| vec![owner]),
            ..Default::default()
        },
        data: Some(BTreeMap::from([("text".to_string(), greeting.spec.text.clone())])),
        ..Default::default()
    }
}

/// The Ready condition when it is not there yet or was about another generation.
fn new_condition(greeting: &Greeting) -> Option<Condition> {
    let before = greeting.status.as_ref().and_then(|s| s.conditions.iter().find(|c| c.type_ == "Ready"));
    let generation = greeting.metadata.generation;
    if before.is_some_and(|c| c.status == "True" && c.reason == "Said" && c.observed_generation == generation) {
        return None;
    }
    let flipped = before.filter(|c| c.status == "True").map(|c| c.last_transition_time.clone());
    Some(Condition {
        type_: "Ready".into(),
        status: "True".into(),
        reason: "Said".into(),
        message: String::new(),
        observed_generation: generation,
        last_transition_time: flipped.unwrap_or_else(|| Time(Timestamp::now())),
    })
}

async fn reconcile(greeting: Arc<Greeting>, context: Arc<Context>) -> Result<Action, kube::Error> {
    if greeting.metadata.deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    let namespace = greeting.namespace().unwrap_or_default();
    let name = greeting.name_any();
    let apply = PatchParams::apply("bench").force();
    let config_maps: Api<ConfigMap> = Api::namespaced(context.client.clone(), &namespace);
    config_maps.patch(&name, &apply, &Patch::Apply(&config_map_for(&greeting))).await?;
    if let Some(condition) = new_condition(&greeting) {
        let status = json!({
            "apiVersion": Greeting::api_version(&()), "kind": Greeting::kind(&()),
            "metadata": {"name": name, "namespace": namespace},
            "status": GreetingStatus { conditions: vec![condition] }
        });
        let greetings: Api<Greeting> = Api::namespaced(context.client.clone(), &namespace);
        greetings.patch_status(&name, &apply, &Patch::Apply(&status)).await?;
    }
    context.progress.reconciled(&name, &greeting.spec.text);
    Ok(Action::await_change())
}

fn retry(_: Arc<Greeting>, error: &kube::Error, _: Arc<Context>) -> Action {
    eprintln!("reconcile failed: {error}");
    Action::requeue(Duration::from_millis(100))
}

async fn run_controller(client: Client) {
    let context = Arc::new(Context { client: client.clone(), progress: Progress::new(number("BENCH_PARENTS")) });
    let (reader, writer) = reflector::store();
    let greetings = watcher(Api::<Greeting>::all(client.clone()), watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .applied_objects()
        .predicate_filter(predicates::generation, Default::default());
    Controller::for_stream(greetings, reader)
        .owns(Api::<ConfigMap>::all(client), watcher::Config::default())
        .with_config(Config::default().concurrency(number("BENCH_WORKERS") as u16))
        .shutdown_on_signal()
        .run(reconcile, retry, context)
        .for_each(|_| std::future::ready(()))
        .await;
}

/// Holds the metadata of all pods and says how many when they are there.
async fn cache_pods(client: Client) {
    let pods: Api<Pod> = match std::env::var("BENCH_NAMESPACE") {
        Ok(namespace) if !namespace.is_empty() => Api::namespaced(client, &namespace),
        _ => Api::all(client),
    };
    let (reader, writer) = reflector::store();
    let stream = metadata_watcher(pods, watcher::Config::default())
        .default_backoff()
        .modify(|pod| pod.managed_fields_mut().clear())
        .reflect(writer)
        .applied_objects();
    tokio::spawn(async move {
        if reader.wait_until_ready().await.is_ok() {
            say(&format!("synced objects={}", reader.len()));
        }
        std::future::pending::<()>().await;
    });
    stream.for_each(|_| std::future::ready(())).await;
}

fn number(variable: &str) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        eprintln!("{variable} must be a number");
        std::process::exit(2)
    })
}

#[tokio::main]
async fn main() -> Result<(), kube::Error> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let client = Client::try_default().await?;
    if std::env::var("BENCH_MODE").is_ok_and(|mode| mode == "cache-pods") {
        cache_pods(client).await;
    } else {
        run_controller(client).await;
    }
    Ok(())
}
