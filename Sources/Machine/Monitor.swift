internal import CLibrary
internal import CMachine
package import MonotonicTime

/// A state that threads share, and whose changes they can wait for.
///
/// Sendable: the state is touched only while the mutex is held, and the pointers never change. A body must not return
/// a reference into the state, since the mutex is released then.
package final class Monitor<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    package init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Changes the state, and wakes all waiting threads.
    package func change<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return body(&state)
    }

    /// Changes the state as ``change(_:)``, unless another thread holds the state until the deadline.
    ///
    /// - Returns: the value of `body`; `nil` if `body` was not called.
    package func change<Result>(before deadline: Instant, _ body: (inout State) -> Result) -> Result? {
        guard cmachine_lock_mutex(mutex, (deadline - .zero).saturatedNanoseconds) == 0 else { return nil }
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return body(&state)
    }

    /// Calls `body` now and after each change of the state, until it returns a value. All waiting threads are woken
    /// then, since `body` may have changed the state.
    ///
    /// - Parameter deadline: gives the deadline for a state; `nil` is no deadline.
    /// - Returns: the value of `body`; `nil` after the deadline.
    package func wait<Result>(until deadline: (State) -> Instant?, for body: (inout State) -> Result?)
        -> Result?
    {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) {
                pthread_cond_broadcast(condition)
                return result
            }
            guard let deadline = deadline(state) else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            guard MonotonicClock.now < deadline else { return nil }
            let nanoseconds = (deadline - .zero).saturatedNanoseconds
            var time = timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
            pthread_cond_timedwait(condition, mutex, &time)
        }
    }
}
