//! `roster tenants`: names and slugs.

use crate::harness::on_both;

on_both! {
    /// audit-complete: a tenant gets another name and slug, and one event says so; sign-in knows it by the new slug.
    a_tenant_is_renamed
    /// A name or a slug that another tenant has is refused, and nothing changes.
    what_another_tenant_has_is_refused
}

mod body {
    use crate::harness::{Api, Backend, TestServer};
    use crate::program::{Ended, run};
    use crate::stored::audit_trail;
    use serde_json::json;

    fn roster(server: &TestServer, arguments: &[&str]) -> Ended {
        let folder = tempfile::tempdir().unwrap();
        let url = ["--database-url", server.database().url()];
        run(crate::program::roster(folder.path())
            .args(arguments)
            .args(url))
    }

    pub(super) async fn a_tenant_is_renamed(backend: Backend) {
        const PASSWORD: &str = "correct horse battery staple";
        let server = TestServer::start(backend).await.unwrap();
        let (tenant, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        tenant.password(tenant.admin.id, PASSWORD).await.unwrap();
        let name = tenant.slug.replace("tenant-", "Tenant ");
        let rename = ["tenants", "rename", "--tenant", &name];
        let to = ["--name", "Acme", "--slug", "ACME-Berlin"];
        roster(&server, &[&rename[..], &to[..]].concat()).succeeded();
        let listed = roster(&server, &["tenants", "list"]).succeeded();
        let other_name = other.slug.replace("tenant-", "Tenant ");
        let expected = format!(
            "{}\tacme-berlin\tAcme\n{}\t{}\t{other_name}\n",
            tenant.id, other.id, other.slug
        );
        assert_eq!(listed, expected);
        let nobody = Api::anonymous(&server.base_url());
        for (slug, status) in [("acme-berlin", 200), (tenant.slug.as_str(), 401)] {
            let attempt =
                json!({"tenant": slug, "email": tenant.admin.email, "password": PASSWORD});
            let answer = nobody.post("/api/account/session", attempt).await;
            answer.expect(status);
        }
        let trail = audit_trail(server.database());
        let renamed: Vec<_> = trail
            .iter()
            .filter(|event| event["action"] == "tenant.rename")
            .collect();
        assert_eq!(renamed.len(), 1);
        assert_eq!(
            renamed[0]["before_change"],
            json!({"name": name, "slug": tenant.slug})
        );
        assert_eq!(
            renamed[0]["after_change"],
            json!({"name": "Acme", "slug": "acme-berlin"})
        );
    }

    pub(super) async fn what_another_tenant_has_is_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (tenant, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        let before = roster(&server, &["tenants", "list"]).succeeded();
        let names = [&tenant, &other].map(|tenant| tenant.slug.replace("tenant-", "Tenant "));
        let rename = ["tenants", "rename", "--tenant", &names[0]];
        for (to, said) in [
            (
                ["--name", &names[1]],
                "a tenant with this name exists already",
            ),
            (
                ["--slug", &other.slug],
                "another tenant has this slug already",
            ),
            (["--slug", "a b"], "must have 1 to 63 letters"),
        ] {
            let failed = roster(&server, &[&rename[..], &to[..]].concat()).failed();
            assert!(failed.contains(said), "{failed}");
        }
        roster(&server, &rename).failed();
        assert_eq!(roster(&server, &["tenants", "list"]).succeeded(), before);
    }
}
