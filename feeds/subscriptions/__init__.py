"""Who reads what, when: subscriptions with double opt-in and one-click unsubscribe."""
