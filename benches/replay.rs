// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a claim costs: in memory, and in a `redis-server` of its own, where one is installed.
//!
//! `cargo bench --features redis --bench replay`

use chancery::{Hold, Replay, UnixTime, replay::MemoryStore};
use criterion::{BatchSize, Criterion};

/// Ids as digests are: nobody has seen them before.
fn id(n: u64) -> [u8; 32] {
    let mut id = [0x5a; 32];
    for (word, part) in id.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(
            &(n.wrapping_add(word as u64)).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes(),
        );
    }
    id
}

fn memory(c: &mut Criterion) {
    let now = UnixTime::from_secs(1_790_000_000);
    let hold = Hold::Done(UnixTime::from_secs(1_790_000_300));
    let mut n = 0;
    c.bench_function("claim in memory, beside 100,000 others and more", |b| {
        let store = MemoryStore::new(100_000_000);
        for n in 0..100_000 {
            store.claim(&id(n << 32), None, hold, now).expect("there is room");
        }
        b.iter_batched(
            || {
                n += 1;
                id(n)
            },
            |id| store.claim(&id, None, hold, now),
            BatchSize::SmallInput,
        );
    });
}

#[cfg(feature = "redis")]
mod server {
    use super::id;
    use chancery::{AsyncReplay, Hold, UnixTime, store::RedisStore};
    use criterion::Criterion;
    use std::{
        net::TcpListener,
        process::{Child, Command, Stdio},
        time::Duration,
    };

    const CLAIMS: u32 = 100_000;

    struct Redis(Child);

    impl Drop for Redis {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// The number behind this name in a section of `INFO`.
    async fn info(redis: &mut redis::aio::MultiplexedConnection, section: &str, name: &str) -> f64 {
        let text: String = redis::cmd("INFO").arg(section).query_async(redis).await.expect("an answer");
        let (_, rest) = text.split_once(name).expect("it is there");
        let number = |c: char| c.is_ascii_digit() || c == '.';
        rest.chars().take_while(|c| number(*c)).collect::<String>().parse().expect("a number")
    }

    /// Microseconds of the server for a call of the only script that has run since the last reset.
    async fn script_time(redis: &mut redis::aio::MultiplexedConnection) -> f64 {
        let text: String =
            redis::cmd("INFO").arg("commandstats").query_async(redis).await.expect("an answer");
        let line = text.lines().find(|line| line.starts_with("cmdstat_evalsha:")).expect("a script");
        let (_, time) = line.split_once("usec_per_call=").expect("its time");
        time.split(',').next().expect("a number").parse().expect("a number")
    }

    pub(crate) fn redis(c: &mut Criterion) {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()]);
        let Ok(child) = command.current_dir(std::env::temp_dir()).stdout(Stdio::null()).spawn() else {
            println!("redis-server is not installed: claims in Redis were not measured");
            return;
        };
        let _server = Redis(child);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = format!("redis://127.0.0.1:{port}/");
        let store = runtime.block_on(async {
            loop {
                match RedisStore::connect(&url, "orders").await {
                    Ok(store) => return store.timeout(Duration::from_secs(10)),
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        });
        let now = UnixTime::now();
        let hold = Hold::Done(now.saturating_add(Duration::from_secs(3600)));
        let mut n = 1 << 48;
        c.bench_function("claim in Redis, one after the other", |b| {
            b.iter(|| {
                n += 1;
                runtime.block_on(store.claim_async(&id(n), None, hold, UnixTime::now())).expect("new");
            });
        });
        runtime.block_on(async {
            let client = redis::Client::open(url).expect("a URL");
            let mut redis = client.get_multiplexed_async_connection().await.expect("a connection");
            let before = info(&mut redis, "memory", "used_memory:").await;
            let _: () = redis::cmd("CONFIG").arg("RESETSTAT").query_async(&mut redis).await.expect("reset");
            for n in 0..u64::from(CLAIMS) {
                store.claim_async(&id(n << 32), None, hold, UnixTime::now()).await.expect("new");
            }
            let after = info(&mut redis, "memory", "used_memory:").await;
            let claim = script_time(&mut redis).await;
            let _: () = redis::cmd("CONFIG").arg("RESETSTAT").query_async(&mut redis).await.expect("reset");
            let bare = redis::Script::new("return redis.call('SET', KEYS[1], '-1', 'NX', 'PX', ARGV[1])");
            for n in 0..u64::from(CLAIMS) {
                let _: redis::Value = bare
                    .key(id((n << 33) | 1).as_slice())
                    .arg(3_600_000)
                    .invoke_async(&mut redis)
                    .await
                    .expect("set");
            }
            let bare = script_time(&mut redis).await;
            println!("{CLAIMS} claims of `orders`: {:.0} bytes each", (after - before) / f64::from(CLAIMS));
            println!(
                "time of the server: {claim:.1} us a claim, {bare:.1} us a script that only sets the key"
            );
        });
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    memory(&mut criterion);
    #[cfg(feature = "redis")]
    server::redis(&mut criterion);
    criterion.final_summary();
}
