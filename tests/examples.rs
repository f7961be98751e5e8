//! Every example runs, here and not only when somebody tries it.

#[path = "../examples/seal_to_a_partner.rs"]
mod seal_to_a_partner;

#[test]
fn seal_to_a_partner_runs() -> Result<(), Box<dyn std::error::Error>> {
    seal_to_a_partner::main()
}
