package io.strandline.spi;

import io.strandline.StreamName;
import java.util.List;
import java.util.Optional;

/**
 * What a transaction that is not finished is bound to.
 *
 * @param owner who has begun it, an empty text for nobody. Nothing if the transaction is finished or not known
 * @param streams those to which it has written, in ascending order
 */
public record TransactionClaims(Optional<String> owner, List<StreamName> streams) {

    /** Of a transaction that is finished or not known. */
    public static final TransactionClaims NONE = new TransactionClaims(Optional.empty(), List.of());
}
