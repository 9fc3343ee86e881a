package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.Transaction;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.Transactions;
import io.strandline.Transactions.PartSetAside;
import io.strandline.command.setting.LogTarget;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code strandline transaction …}: transactions that nobody ends, and the parts of committed ones that were set aside. */
@Command(
        name = "transaction",
        description =
                "Transactions: list, describe, abort. Parts of committed ones that were set aside: parts, drop-part.",
        mixinStandardHelpOptions = true)
final class TransactionCommand extends CommandGroup {

    private static final String ID = "Id of the transaction.";

    @Command(
            name = "list",
            description = "Lists the transactions that are neither committed nor aborted.",
            mixinStandardHelpOptions = true)
    int list(@Mixin LogTarget target, @Mixin Output output) {
        return target.open(session -> {
            List<TransactionDescription> all =
                    session.call(() -> session.log().transactions().unfinished());
            JsonArray documents = new JsonArray();
            all.forEach(each -> documents.add(document(each.id(), each.status()).put("events", each.events())));
            output.list(
                    documents,
                    all.stream()
                            .map(each -> each.id() + " " + each.status() + ", " + each.events() + " events")
                            .toList());
            return ExitCode.DONE;
        });
    }

    private static JsonObject document(String id, TransactionStatus status) {
        return new JsonObject().put("transaction", id).put("status", status.name());
    }

    @Command(
            name = "describe",
            description = "Shows what became of a transaction. A log remembers the 10,000 newest ends at least.",
            mixinStandardHelpOptions = true)
    int describe(
            @Mixin LogTarget target, @Mixin Output output, @Parameters(paramLabel = "ID", description = ID) String id) {
        return target.open(session -> {
            Transaction found = session.call(() -> session.log().transactions().find(id));
            TransactionStatus status = session.call(found::status);
            output.document(document(id, status), id + " is " + status);
            return ExitCode.DONE;
        });
    }

    @Command(
            name = "abort",
            description = {
                "Aborts a transaction that is open: nothing of it can ever be read.",
                "Its application is refused from then on. Needs --yes or --dry-run."
            },
            mixinStandardHelpOptions = true)
    int abort(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Mixin Intent intent) {
        boolean isDryRun = intent.isDryRun();
        return target.open(session -> {
            Transaction found = session.call(() -> session.log().transactions().find(id));
            TransactionStatus status =
                    isDryRun ? requireAbortable(id, session.call(found::status)) : session.call(found::abort);
            output.document(
                    document(id, status).put("done", !isDryRun),
                    id
                            + (status == TransactionStatus.OPEN ? " would be aborted, it is " : " is ")
                            + status
                            + (isDryRun && status == TransactionStatus.ABORTED ? " already" : ""));
            return ExitCode.DONE;
        });
    }

    /** An abort may be repeated. */
    private static TransactionStatus requireAbortable(String id, TransactionStatus status) {
        if (status != TransactionStatus.OPEN && status != TransactionStatus.ABORTED) {
            throw new StrandlineException.Conflict(
                    "transaction " + id + " is " + status + ", only one that is OPEN can be aborted");
        }
        return status;
    }

    @Command(
            name = "parts",
            description = {
                "Lists the parts of committed transactions that their streams have refused again and again.",
                "Each keeps its transaction COMMITTING until it is dropped."
            },
            mixinStandardHelpOptions = true)
    int parts(@Mixin LogTarget target, @Mixin Output output) {
        return target.open(session -> {
            List<PartSetAside> all =
                    session.call(() -> session.log().transactions().partsSetAside());
            JsonArray documents = new JsonArray();
            all.forEach(part -> documents.add(document(part)));
            output.list(documents, all.stream().map(TransactionCommand::text).toList());
            return ExitCode.DONE;
        });
    }

    private static JsonObject document(PartSetAside part) {
        return new JsonObject()
                .put("transaction", part.transaction())
                .put("stream", part.stream().toString())
                .put("events", part.events())
                .put("why", part.why());
    }

    private static String text(PartSetAside part) {
        return part.transaction() + " " + part.stream() + ", " + part.events() + " events: " + part.why();
    }

    @Command(
            name = "drop-part",
            description = {
                "Gives up the events of a part that was set aside, for good.",
                "Partitions that have theirs keep them. The transaction is INCOMPLETE when no part is left. Needs --yes or"
                        + " --dry-run."
            },
            mixinStandardHelpOptions = true)
    int dropPart(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Parameters(paramLabel = "ID", description = ID) String id,
            @Parameters(paramLabel = "STREAM", description = "The stream that has refused the part, scope/stream.")
                    String stream,
            @Mixin Intent intent) {
        boolean isDryRun = intent.isDryRun();
        return target.open(session -> {
            Transactions transactions = session.log().transactions();
            JsonObject json = new JsonObject();
            if (isDryRun) {
                PartSetAside part = session.call(transactions::partsSetAside).stream()
                        .filter(each -> each.transaction().equals(id)
                                && each.stream().toString().equals(stream))
                        .findFirst()
                        .orElseThrow(() -> new StrandlineException.Conflict(
                                "transaction " + id + " has no part of stream " + stream + " that was set aside"));
                json.mergeIn(document(part)).put("done", false);
                output.document(json, "would be dropped: " + text(part));
            } else {
                session.call(() -> transactions.dropPart(id, stream));
                json.put("transaction", id).put("stream", stream).put("done", true);
                output.document(json, id + " has given up its part of " + stream);
            }
            return ExitCode.DONE;
        });
    }
}
