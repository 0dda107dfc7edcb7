//! What a remote names or says in other bytes than UTF-8, on which git2 panics.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

#[cfg(not(panic = "unwind"))]
compile_error!("names that are not UTF-8 are passed over by unwinding: panics must not abort");

thread_local! {
    static IS_EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// What `read` returns; `None` if it panics, of which nothing is then said.
/// Only for short calls of git2, which offers no other way to the bytes.
pub(super) fn unless_it_panics<T>(read: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_EXPECTED.get() {
                tell(panic);
            }
        }));
    });
    let was_expected = IS_EXPECTED.replace(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read)).ok();
    IS_EXPECTED.set(was_expected);
    read
}

#[cfg(test)]
mod tests {
    use super::unless_it_panics;

    #[test]
    fn a_panic_is_no_value() {
        let bytes = [0xff];
        let read = |bytes| unless_it_panics(|| std::str::from_utf8(bytes).unwrap().len());
        assert_eq!(read(&bytes), None);
        assert_eq!(read(b"main"), Some(4));
    }
}
