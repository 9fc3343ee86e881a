package io.strandline.samples.bank;

/** What has happened to an account. */
sealed interface AccountEvent {

    /** What the balance changes by. */
    long change();

    record Deposited(long amount) implements AccountEvent {
        @Override
        public long change() {
            return amount;
        }
    }

    record Withdrawn(long amount) implements AccountEvent {
        @Override
        public long change() {
            return -amount;
        }
    }

    record Sent(String transfer, String from, String to, long amount) implements AccountEvent {
        @Override
        public long change() {
            return -amount;
        }
    }

    record Received(String transfer, long amount) implements AccountEvent {
        @Override
        public long change() {
            return amount;
        }
    }

    record TakenBack(String transfer, long amount) implements AccountEvent {
        @Override
        public long change() {
            return amount;
        }
    }

    record Closed() implements AccountEvent {
        @Override
        public long change() {
            return 0;
        }
    }
}
