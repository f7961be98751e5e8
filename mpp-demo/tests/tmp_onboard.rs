//! Temporary.
#![allow(clippy::unwrap_used, reason="tmp")]
#[tokio::test]
async fn onboards() {
    let dir = tempfile::tempdir().unwrap();
    mpp_server::runtime::start_logging();
    let world = mpp_demo::world::World::start(dir.path(), mpp_demo::world::Hosting::InProcess).await.unwrap();
    println!("{:?} {:?}", world.places(), world.product());
    let phone = world.phone(1).await.unwrap();
    let timeline = std::sync::Arc::new(mpp_demo::timeline::Timeline::new(mpp_demo::timeline::Form::Human));
    let journey = mpp_demo::journey::Journey { outside: world.outside().clone(), product: world.product(), timeline, begun: std::time::Instant::now() };
    println!("{:?}", journey.walk(&phone).await);
    world.stop().await;
}
