//! The access token: cached until shortly before it expires, renewed once when a call is refused with it.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::time::Instant;

/// A token is not used in its last minutes: a call that starts in time may arrive too late.
const RENEWAL_MARGIN: Duration = Duration::from_secs(300);

/// The token that the platform issues for the two secrets.
pub(super) struct GrantedToken {
    pub text: SecretString,
    pub lifetime: Duration,
    /// The platform's clock, if its answer says it.
    pub answered_at: Option<DateTime<Utc>>,
}

/// A token in use.
#[derive(Clone)]
pub struct Token {
    pub(super) text: SecretString,
    /// Which token of this client it is: concurrent calls that are refused with the same one renew it once.
    pub(super) generation: u64,
    /// Whether another call got it: only then may a refusal be the token's fault.
    pub(super) is_cached: bool,
}

/// The cache of one client.
#[derive(Default)]
pub(super) struct TokenCache {
    current: Option<(Token, Instant)>,
    generation: u64,
    /// Codes with which a fresh token was refused, too: the token is not their reason, and asking for another one at
    /// every such refusal would double the calls.
    codes_unrelated: BTreeSet<i64>,
    /// A fresh token was refused before.
    has_doubted: bool,
}

impl TokenCache {
    /// The cached token, unless it is about to expire.
    pub fn get(&self, now: Instant) -> Option<Token> {
        self.current.as_ref().filter(|(_, usable_until)| now < *usable_until).map(|(token, _)| token.clone())
    }

    /// Takes a new token in; the one returned counts as fresh.
    pub fn put(&mut self, text: SecretString, lifetime: Duration, now: Instant) -> Token {
        self.generation += 1;
        self.codes_unrelated.clear();
        let token = Token { text, generation: self.generation, is_cached: true };
        // A short-lived token keeps nine tenths of its life.
        let margin = RENEWAL_MARGIN.min(lifetime / 10);
        self.current = Some((token.clone(), now + (lifetime - margin)));
        Token { is_cached: false, ..token }
    }

    /// Forgets the token that a call was refused with, unless somebody has renewed it since.
    pub fn discard(&mut self, refused: &Token) {
        if self.current.as_ref().is_some_and(|(token, _)| token.generation == refused.generation) {
            self.current = None;
        }
    }

    /// Whether a refusal with `code` may be the token's fault.
    pub fn may_explain(&self, token: &Token, code: i64) -> bool {
        token.is_cached && !self.codes_unrelated.contains(&code)
    }

    /// Takes note that a token was refused which another one need not replace at once. If it was fresh, the next call gets another one,
    /// for it may have been dead from the start; once in a run, so that no refusal makes a storm of tokens.
    pub fn doubt(&mut self, refused: &Token, code: i64) {
        match (refused.is_cached, self.has_doubted) {
            (true, _) => {}
            (false, true) => self.clear_of(code),
            (false, false) => {
                self.has_doubted = true;
                self.discard(refused);
            }
        }
    }

    /// Notes that `code` came with a fresh token, too.
    pub fn clear_of(&mut self, code: i64) {
        self.codes_unrelated.insert(code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_used_until_shortly_before_it_expires() {
        let mut cache = TokenCache::default();
        let now = Instant::now();
        assert!(cache.get(now).is_none());
        let fresh = cache.put("t".into(), Duration::from_secs(86_400), now);
        assert!(!fresh.is_cached);
        assert!(cache.get(now + Duration::from_secs(86_000)).is_some_and(|token| token.is_cached));
        assert!(cache.get(now + Duration::from_secs(86_101)).is_none());
    }

    #[tokio::test]
    async fn a_fresh_token_that_is_refused_is_replaced_once_and_then_is_not_the_reason() {
        let mut cache = TokenCache::default();
        let now = Instant::now();
        let cached = |cache: &TokenCache| cache.get(now);
        let put = |cache: &mut TokenCache| cache.put("t".into(), Duration::from_secs(100), now);
        // One that has served is renewed by who was refused, and is not doubted.
        let fresh = put(&mut cache);
        cache.doubt(&cached(&cache).unwrap(), 401);
        assert!(cached(&cache).is_some_and(|token| cache.may_explain(&token, 401)));
        cache.doubt(&fresh, 401);
        assert!(cached(&cache).is_none());
        let second = put(&mut cache);
        cache.doubt(&second, 401);
        let second = cached(&cache).expect("once is enough");
        assert!(!cache.may_explain(&second, 401) && cache.may_explain(&second, 403));
    }

    #[tokio::test]
    async fn a_token_renewed_by_another_call_is_kept() {
        let mut cache = TokenCache::default();
        let now = Instant::now();
        let first = cache.put("a".into(), Duration::from_secs(100), now);
        let second = cache.put("b".into(), Duration::from_secs(100), now);
        cache.discard(&first);
        assert_eq!(cache.get(now).map(|token| token.generation), Some(second.generation));
        cache.discard(&second);
        assert!(cache.get(now).is_none());
    }
}
