package io.strandline.samples.bank;

import io.strandline.json.JsonCodec;

/** What an account can be asked to do. Amounts are cents, above zero. */
sealed interface AccountCommand {

    /** How commands of a transfer are stored until they are answered. */
    JsonCodec<AccountCommand> CODEC = JsonCodec.builder(AccountCommand.class)
            .type("deposit", 1, Deposit.class)
            .type("withdraw", 1, Withdraw.class)
            .type("send", 1, Send.class)
            .type("receive", 1, Receive.class)
            .type("take-back", 1, TakeBack.class)
            .type("close", 1, Close.class)
            .build();

    record Deposit(long amount) implements AccountCommand {}

    record Withdraw(long amount) implements AccountCommand {}

    /**
     * Begins a transfer.
     *
     * @param transfer its id
     */
    record Send(String transfer, String from, String to, long amount) implements AccountCommand {}

    record Receive(String transfer, long amount) implements AccountCommand {}

    /** The other account did not take what was sent. */
    record TakeBack(String transfer, long amount) implements AccountCommand {}

    /** Takes no money any more. */
    record Close() implements AccountCommand {}
}
