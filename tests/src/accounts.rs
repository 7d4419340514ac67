//! Accounts of a test's folder: systems of the bank that bind to us.

use crate::folder::Folder;
use crate::server::Server;
use crate::wait_for;

/// The name and password of the usual account.
pub const NAME: &str = "core";
/// Its password.
pub const PASSWORD: &str = "secret";

/// An account over SMPP that may say anything to anybody; `more` goes before its sections, `smpp` into its section.
pub fn smpp(folder: &Folder, id: &str, more: &str, smpp: &str) {
    smpp_of(folder, id, "customer_service", more, smpp);
}

/// The same, of a class.
pub fn smpp_of(folder: &Folder, id: &str, class: &str, more: &str, smpp: &str) {
    let account = format!(
        "id = \"{id}\"\ndepartment = \"IT\"\nclasses = [\"customer_service\", \"marketing\", \"risk_notice\"]\n\
         class = \"{class}\"\nconsent = \"asserted\"\n{more}\n\n\
         [smpp]\nsystem_id = \"{id}\"\npassword = \"{PASSWORD}\"\n{smpp}\n"
    );
    folder.write(&format!("config/accounts/{id}.toml"), account);
}

/// An account over CMPP, beside what it has over SMPP.
pub fn cmpp(folder: &Folder, id: &str, sp_id: &str, more: &str) {
    let path = format!("config/accounts/{id}.toml");
    let account = std::fs::read_to_string(folder.path(&path)).unwrap();
    let section = format!("\n[cmpp]\nsp_id = \"{sp_id}\"\nsecret = \"{PASSWORD}\"\n{more}\n");
    folder.write(&path, account + &section);
}

/// Settings with a door for accounts.
pub fn doors(folder: &Folder, sections: &str) {
    let usual = "config = \"config\"\ndata = \"data\"\ndrain_seconds = 5\n";
    folder.write("hongyan.toml", format!("{usual}{sections}\n"));
}

/// Where a server listens for accounts, by the word before its address: `smpp`, `smpp+tls`, `cmpp`.
pub fn door(server: &Server<'_>, word: &str) -> String {
    wait_for("the line of a door", || {
        let out = server.out();
        let line = out.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(':'));
        line.map(|address| address.trim().to_owned())
    })
}
