//! The test suite of the [`Transport`] port: every transport, here or elsewhere, must pass all of it.
//!
//! ```text
//! mpp_transport::conformance_suite!(my_transport, || async { Subject::over_network(Arc::new(MyTransport::new())).await });
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test suite: a broken assumption must stop the test"
)]

mod peer;
mod tests;

use std::net::Ipv4Addr;
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use crate::{BaseUrl, Transport};

pub use peer::{PeerBody, answer, pattern};
pub use tests::*;

/// A transport and the addresses of the peers it is tried against.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The transport under test.
    pub transport: Arc<dyn Transport>,
    /// Where the suite's peer ([`answer`]) listens.
    pub peer: BaseUrl,
    /// Where nobody listens.
    pub nobody: BaseUrl,
}

impl Subject {
    /// A subject that reaches the suite's peer through a real HTTP server on loopback, port chosen by the
    /// system. The server runs as long as the test's runtime.
    pub async fn over_network(transport: Arc<dyn Transport>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener));
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let nobody = unused.local_addr().unwrap();
        drop(unused);
        Self {
            transport,
            peer: format!("http://{address}/base").parse().unwrap(),
            nobody: format!("http://{nobody}").parse().unwrap(),
        }
    }
}

async fn serve(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(tower::service_fn(answer::<hyper::body::Incoming>));
        tokio::spawn(async move {
            // A client that goes away is part of the suite.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Runs the whole suite on one transport: `conformance_suite!(name, make)`, where `make` is a function or
/// closure without arguments whose future gives a [`Subject`]. There is no way to run a part.
#[macro_export]
macro_rules! conformance_suite {
    ($name:ident, $make:expr) => {
        mod $name {
            use super::*;

            $crate::conformance_suite!(@tests $make;
                method_path_query_and_headers_arrive_unaltered,
                answer_status_and_headers_arrive_unaltered,
                any_status_is_an_answer_and_redirects_are_not_followed,
                an_empty_body_arrives_empty,
                bytes_arrive_whole_with_their_length,
                a_head_answer_has_no_body,
                a_large_body_streams_up,
                a_large_body_streams_down,
                both_directions_stream_at_once,
                an_answer_beyond_the_limit_is_refused,
                a_peer_that_never_answers_is_a_timeout,
                a_body_that_never_ends_is_a_timeout,
                nobody_listening_is_a_failed_connection,
                a_truncated_answer_is_interrupted,
                a_failing_request_stream_fails_the_exchange,
                requests_run_at_the_same_time,
                a_dropped_answer_leaves_the_transport_usable,
                errors_and_debug_tell_no_query,
            );
        }
    };
    (@tests $make:expr; $($test:ident,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                $crate::conformance::$test(($make)().await).await;
            }
        )+

        #[test]
        fn no_test_of_the_suite_is_left_out() {
            assert_eq!($crate::conformance::ALL, [$(stringify!($test)),+]);
        }
    };
}
