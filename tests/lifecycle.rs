//! The end of things, with whole gateways: contacts are taken out and erased, organizations deleted, old things go.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use protocol::client::{Send, Update};
use protocol::connection::Connection;
use protocol::id::{ConversationId, VisitorId};
use protocol::value::{Attachment, Content};
use serde_json::Value;
use tests::gateway::{Tenant, TestGateway, cookie};
use tests::http::Answer;

use crate::delivery::{follow, start, stored};
use crate::storage::catalogue::mentions;
use crate::uploads::{announce, png, upload};

mod command;
mod contact;
mod killed;
mod organization;
mod settings;

/// A contact who has written, with a file, and whose word stands in all of it.
pub(crate) struct Written {
    pub(crate) tenant: Tenant,
    pub(crate) socket: Connection,
    pub(crate) agent: Connection,
    pub(crate) visitor: VisitorId,
    pub(crate) conversation: ConversationId,
    pub(crate) file: Attachment,
    pub(crate) bytes: Vec<u8>,
}

/// A tenant of this name, whose visitor has a conversation with its owner.
pub(crate) async fn written(gateway: &TestGateway, name: &str, word: &str) -> Written {
    let tenant = gateway.tenant(name).await;
    let (mut socket, welcome) = gateway.visitor(&tenant).await;
    let visitor = welcome.visitor.unwrap().visitor;
    let mut agent = gateway.agent(&tenant).await;
    let known = Update {
        name: Some(word.into()),
        email: Some(format!("{word}@mail.example")),
        ..serde_json::from_str("{}").unwrap()
    };
    reply!(socket, known, Done);
    let conversation = start(&mut socket).await;
    follow(&mut agent, conversation).await;
    let mut bytes = png(20_000, 5);
    bytes.extend_from_slice(word.as_bytes());
    let mut request = announce(conversation, "u1", &bytes);
    request.name = format!("{word}.png");
    let file = upload(&mut socket, &request, &bytes).await;
    for (client_id, content) in
        [("m1", Content::text(format!("I am {word}"))), ("m2", Content::attachment(file.clone()))]
    {
        reply!(socket, Send { conversation, client_id: client_id.into(), content }, Routed);
        stored(&mut socket, client_id).await;
    }
    for (client_id, content) in [("n1", Content::note("a regular")), ("a1", Content::text("how can we help?"))] {
        reply!(agent, Send { conversation, client_id: client_id.into(), content }, Routed);
        stored(&mut agent, client_id).await;
    }
    Written { tenant, socket, agent, visitor, conversation, file, bytes }
}

impl Written {
    async fn ask(&self, gateway: &TestGateway, method: &str, path: &str, body: Option<&Value>) -> Answer {
        gateway.http(method, path, &[("cookie", &cookie(&self.tenant.token))], body).await
    }
}

/// The files below a folder in which `word` stands.
pub(crate) fn files_with(folder: &Path, word: &str) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![folder.to_owned()], vec![]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if std::fs::read(&path).unwrap().windows(word.len()).any(|bytes| bytes == word.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

/// Nothing of `word` is left in the database, nor in the gateway's folder.
pub(crate) async fn forgotten(gateway: &TestGateway, word: &str) {
    let left = mentions(&gateway.database.client().await, &[word]).await;
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(files_with(&gateway.database.folder(), word), Vec::<PathBuf>::new());
}

/// The files of a ZIP.
pub(crate) fn unzip(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("it is a ZIP");
    let mut files = vec![];
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let (name, mut bytes) = (file.name().unwrap().into_owned(), vec![]);
        file.read_to_end(&mut bytes).expect("its checksum is right");
        files.push((name, bytes));
    }
    files
}
