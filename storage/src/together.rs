//! Requests of one kind and organization that arrive while others of theirs are under way, and then go to Postgres in one
//! statement. Nobody waits while nothing is under way; the more arrive, the more go together.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::id::OrganizationId;
use tokio::sync::oneshot;

use crate::error::StorageError;
use crate::pool::Storage;

/// Statements of one kind and organization that are under way at once. Two would answer a little sooner while there are
/// few, and share less when there are many.
const AT_ONCE: usize = 1;

/// A request that can be made together with others of its kind.
pub(crate) trait Question: Send + Sync + Sized + 'static {
    /// What it is answered with.
    type Answer: Send;

    /// Most that go in one statement.
    const MOST: usize;

    /// The answers, in the order of the questions; all of them are of this organization.
    fn ask(
        storage: &Storage,
        organization: OrganizationId,
        questions: &[Self],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, StorageError>> + Send;
}

/// Those of one kind that wait, and how many statements are under way, by organization.
pub(crate) struct Together<Q: Question> {
    lines: Arc<Mutex<HashMap<OrganizationId, Line<Q>>>>,
}

struct Line<Q: Question> {
    running: usize,
    waiting: VecDeque<Asked<Q>>,
}

struct Asked<Q: Question> {
    question: Q,
    answer: oneshot::Sender<Result<Q::Answer, StorageError>>,
}

impl<Q: Question> Default for Together<Q> {
    fn default() -> Self {
        Self { lines: Arc::default() }
    }
}

impl<Q: Question> Clone for Together<Q> {
    fn clone(&self) -> Self {
        Self { lines: Arc::clone(&self.lines) }
    }
}

impl<Q: Question> Together<Q> {
    /// The answer to a question, asked with others when there are others. One that Postgres refuses fails alone; while
    /// Postgres is away all fail that wait.
    ///
    /// # Errors
    /// As the statement.
    pub(crate) async fn ask(
        &self,
        storage: &Storage,
        organization: OrganizationId,
        question: Q,
    ) -> Result<Q::Answer, StorageError> {
        let (answer, answered) = oneshot::channel();
        if let Some(running) = self.enter(organization, Asked { question, answer }) {
            // A task of its own: whoever asked may go away, and the others want their answers.
            tokio::spawn(running.run(storage.clone()));
        }
        answered.await.unwrap_or_else(|_| Err(StorageError::Fault("a statement was given up".into())))
    }

    /// Puts a question in line; what has to be run if nobody is there to take it.
    fn enter(&self, organization: OrganizationId, asked: Asked<Q>) -> Option<Running<Q>> {
        let mut lines = self.lines();
        let line = lines.entry(organization).or_insert_with(|| Line { running: 0, waiting: VecDeque::new() });
        line.waiting.push_back(asked);
        (line.running < AT_ONCE).then(|| {
            line.running += 1;
            Running { together: self.clone(), organization, counted: true }
        })
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<OrganizationId, Line<Q>>> {
        // Nothing panics while holding it; if something did, the lines are still whole.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of an organization's statements at once, for as long as somebody waits.
struct Running<Q: Question> {
    together: Together<Q>,
    organization: OrganizationId,
    /// Until it has found nobody waiting: whoever comes then begins another.
    counted: bool,
}

impl<Q: Question> Running<Q> {
    async fn run(mut self, storage: Storage) {
        while let Some(asked) = self.take() {
            self.answer(&storage, asked).await;
        }
    }

    /// The next that wait, without those who went away meanwhile. When there are none, this is over.
    fn take(&mut self) -> Option<Vec<Asked<Q>>> {
        let together = self.together.clone();
        let mut lines = together.lines();
        let line = lines.get_mut(&self.organization)?;
        let mut taken = Vec::new();
        while taken.len() < Q::MOST
            && let Some(asked) = line.waiting.pop_front()
        {
            if !asked.answer.is_closed() {
                taken.push(asked);
            }
        }
        if taken.is_empty() {
            // In the same step, so that nobody comes in between and is not taken.
            self.leave(&mut lines);
        }
        (!taken.is_empty()).then_some(taken)
    }

    fn leave(&mut self, lines: &mut HashMap<OrganizationId, Line<Q>>) {
        self.counted = false;
        if let Some(line) = lines.get_mut(&self.organization) {
            line.running -= 1;
            if line.running == 0 {
                lines.remove(&self.organization);
            }
        }
    }

    /// Answers them; when Postgres refuses, it is asked again with ever smaller parts, until whose fault it is stands alone.
    async fn answer(&self, storage: &Storage, asked: Vec<Asked<Q>>) {
        let mut parts = vec![asked];
        while let Some(mut part) = parts.pop() {
            let (questions, answers): (Vec<Q>, Vec<_>) =
                part.drain(..).map(|Asked { question, answer }| (question, answer)).unzip();
            match Q::ask(storage, self.organization, &questions).await {
                // Whoever went away is not waiting for it.
                Ok(found) => answers.into_iter().zip(found).for_each(|(answer, found)| drop(answer.send(Ok(found)))),
                Err(StorageError::Fault(_) | StorageError::Conflict(_)) if questions.len() > 1 => {
                    let mut first: Vec<Asked<Q>> = questions
                        .into_iter()
                        .zip(answers)
                        .map(|(question, answer)| Asked { question, answer })
                        .collect();
                    let second = first.split_off(first.len() / 2);
                    parts.extend([second, first]);
                }
                Err(error) => {
                    let mut failed = answers;
                    if matches!(error, StorageError::Unavailable(_)) {
                        failed.extend(parts.drain(..).flatten().map(|asked| asked.answer));
                        failed.extend(self.give_up());
                    }
                    failed.into_iter().for_each(|answer| drop(answer.send(Err(error.clone()))));
                }
            }
        }
    }

    /// Whoever waits while Postgres is away has waited as long as those who were asked for.
    fn give_up(&self) -> Vec<oneshot::Sender<Result<Q::Answer, StorageError>>> {
        let mut lines = self.together.lines();
        let waiting = lines.get_mut(&self.organization).map(|line| std::mem::take(&mut line.waiting));
        waiting.into_iter().flatten().map(|asked| asked.answer).collect()
    }
}

impl<Q: Question> Drop for Running<Q> {
    fn drop(&mut self) {
        // A statement that was given up, with the runtime say: nobody is left to ask for those who wait.
        if self.counted {
            let together = self.together.clone();
            self.leave(&mut together.lines());
        }
    }
}
