package io.strandline.server.security;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** How callers prove who they are, and what they may do. Options of all doors of a log together. */
public class SecurityOptions {

    public static final long DEFAULT_RELOAD_MILLIS = 2_000;
    public static final int DEFAULT_MAX_FAILURES = 10;
    public static final long DEFAULT_FAILURE_WINDOW_MILLIS = 60_000;
    public static final int DEFAULT_MAX_ADDRESSES = 10_000;
    public static final int DEFAULT_MAX_VERIFIED = 10_000;
    public static final long DEFAULT_VERIFIED_MILLIS = 600_000;
    public static final int DEFAULT_MAX_HASHING = 100;
    public static final long DEFAULT_RECHECK_MILLIS = 5_000;
    public static final int DEFAULT_MAX_AUDIT_QUEUE = 1_000;
    public static final long DEFAULT_AUDIT_AGE_MILLIS = 90L * 24 * 3_600_000;

    private @Nullable String rulesFile;
    private @Nullable String usersFile;
    private @Nullable TokenOptions tokens;
    private boolean certificates;
    private long reloadMillis = DEFAULT_RELOAD_MILLIS;
    private int maxFailures = DEFAULT_MAX_FAILURES;
    private long failureWindowMillis = DEFAULT_FAILURE_WINDOW_MILLIS;
    private int maxAddresses = DEFAULT_MAX_ADDRESSES;
    private int maxVerified = DEFAULT_MAX_VERIFIED;
    private long verifiedMillis = DEFAULT_VERIFIED_MILLIS;
    private int maxHashing = DEFAULT_MAX_HASHING;
    private long recheckMillis = DEFAULT_RECHECK_MILLIS;
    private boolean audit = true;
    private int maxAuditQueue = DEFAULT_MAX_AUDIT_QUEUE;
    private long auditAgeMillis = DEFAULT_AUDIT_AGE_MILLIS;

    public SecurityOptions() {}

    public SecurityOptions(SecurityOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public SecurityOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("security options", json);
        this.rulesFile = in.text("rulesFile");
        this.usersFile = in.text("usersFile");
        this.tokens = in.has("tokens") ? new TokenOptions(in.object("tokens")) : null;
        this.certificates = in.flag("certificates", false);
        this.reloadMillis = in.whole("reloadMillis", DEFAULT_RELOAD_MILLIS);
        this.maxFailures = in.integer("maxFailures", DEFAULT_MAX_FAILURES);
        this.failureWindowMillis = in.whole("failureWindowMillis", DEFAULT_FAILURE_WINDOW_MILLIS);
        this.maxAddresses = in.integer("maxAddresses", DEFAULT_MAX_ADDRESSES);
        this.maxVerified = in.integer("maxVerified", DEFAULT_MAX_VERIFIED);
        this.verifiedMillis = in.whole("verifiedMillis", DEFAULT_VERIFIED_MILLIS);
        this.maxHashing = in.integer("maxHashing", DEFAULT_MAX_HASHING);
        this.recheckMillis = in.whole("recheckMillis", DEFAULT_RECHECK_MILLIS);
        this.audit = in.flag("audit", true);
        this.maxAuditQueue = in.integer("maxAuditQueue", DEFAULT_MAX_AUDIT_QUEUE);
        this.auditAgeMillis = in.whole("auditAgeMillis", DEFAULT_AUDIT_AGE_MILLIS);
        in.end();
    }

    /**
     * The file of {@link AccessRules}. Must be given. It is read again when it changes. A file that cannot be read then leaves the rules
     * as they are, and the log says so.
     */
    public @Nullable String getRulesFile() {
        return rulesFile;
    }

    /**
     * Sets the file of rules.
     *
     * @param rulesFile a path
     */
    public SecurityOptions setRulesFile(@Nullable String rulesFile) {
        this.rulesFile = rulesFile;
        return this;
    }

    /**
     * The {@link UserFile}, for callers that show a name and a password, and for the roles of certificates. None by default. It is read
     * again as {@code rulesFile} is.
     */
    public @Nullable String getUsersFile() {
        return usersFile;
    }

    /**
     * Sets the file of users.
     *
     * @param usersFile a path, or null
     */
    public SecurityOptions setUsersFile(@Nullable String usersFile) {
        this.usersFile = usersFile;
        return this;
    }

    /** How tokens are verified. None by default: no token is taken. */
    public @Nullable TokenOptions getTokens() {
        return tokens;
    }

    /**
     * Sets how tokens are verified.
     *
     * @param tokens {@code TokenOptions}, or null
     */
    public SecurityOptions setTokens(@Nullable TokenOptions tokens) {
        this.tokens = tokens;
        return this;
    }

    /**
     * True if a caller without other credentials is who its TLS certificate names: the common name of its subject, or the whole subject if
     * that has none or several. Its roles are those of that name in {@code usersFile}. False by default.
     */
    public boolean isCertificates() {
        return certificates;
    }

    /** Sets whether certificates are credentials. The listeners must ask for them. */
    public SecurityOptions setCertificates(boolean certificates) {
        this.certificates = certificates;
        return this;
    }

    /** Time between two looks at the files, in milliseconds. 2 s by default. */
    public long getReloadMillis() {
        return reloadMillis;
    }

    /**
     * Sets the time between two looks at the files.
     *
     * @param reloadMillis 10 to 3,600,000
     */
    public SecurityOptions setReloadMillis(long reloadMillis) {
        this.reloadMillis = reloadMillis;
        return this;
    }

    /**
     * Credentials of one address that are not valid, within {@code failureWindowMillis}, after which all of it are refused with Overloaded
     * until the time is over, also those that were being compared. Those that have expired do not count. 10 by default. IPv6 addresses
     * count by their first 64 bits. As many callers of an address that were not authenticated have an entry of the audit trail each, as many
     * requests of a user that were refused too, and further ones are counted in the next entry. On the event bus, where messages tell no address, passwords are compared at a bounded pace
     * instead, see {@link #getMaxHashing}.
     */
    public int getMaxFailures() {
        return maxFailures;
    }

    /**
     * Sets the limit of failures.
     *
     * @param maxFailures 1 to 1,000,000
     */
    public SecurityOptions setMaxFailures(int maxFailures) {
        this.maxFailures = maxFailures;
        return this;
    }

    /** Time in which failures of an address are counted, in milliseconds. 60 s by default. */
    public long getFailureWindowMillis() {
        return failureWindowMillis;
    }

    /**
     * Sets the time in which failures are counted.
     *
     * @param failureWindowMillis 100 to 86,400,000
     */
    public SecurityOptions setFailureWindowMillis(long failureWindowMillis) {
        this.failureWindowMillis = failureWindowMillis;
        return this;
    }

    /** Addresses whose failures are counted at a time, and users whose refused requests are. 10,000 by default. Beyond it some are forgotten. */
    public int getMaxAddresses() {
        return maxAddresses;
    }

    /**
     * Sets how many addresses are counted.
     *
     * @param maxAddresses 1 to 1,000,000
     */
    public SecurityOptions setMaxAddresses(int maxAddresses) {
        this.maxAddresses = maxAddresses;
        return this;
    }

    /**
     * Credentials with a password that need not be hashed again for {@code verifiedMillis}. 10,000 by default. Kept as a digest under a key
     * that only this process has.
     */
    public int getMaxVerified() {
        return maxVerified;
    }

    /**
     * Sets how many verified credentials are kept.
     *
     * @param maxVerified 0 to 1,000,000
     */
    public SecurityOptions setMaxVerified(int maxVerified) {
        this.maxVerified = maxVerified;
        return this;
    }

    /** How long verified credentials are kept, in milliseconds. 10 minutes by default. A change of the user ends it at once. */
    public long getVerifiedMillis() {
        return verifiedMillis;
    }

    /**
     * Sets how long verified credentials are kept.
     *
     * @param verifiedMillis 0 to 86,400,000
     */
    public SecurityOptions setVerifiedMillis(long verifiedMillis) {
        this.verifiedMillis = verifiedMillis;
        return this;
    }

    /**
     * Passwords that are being hashed or wait for it, beyond which a caller is refused with Overloaded. 100 by default. Two are hashed at a time.
     *
     * <p>As many of new callers on the event bus wait there, a tenth of them of one user. They are taken one at a time, by turns over the users that
     * they name. After a wrong one the next one waits three times as long as it took, at most 5 s. So guesses take at most a quarter of a core.
     */
    public int getMaxHashing() {
        return maxHashing;
    }

    /**
     * Sets the limit of passwords that wait.
     *
     * @param maxHashing 1 to 100,000
     */
    public SecurityOptions setMaxHashing(int maxHashing) {
        this.maxHashing = maxHashing;
        return this;
    }

    /**
     * Time after which the right of a read that goes on, such as a subscription, is decided again, in milliseconds. 5 s by default. Rules
     * that have changed are looked at within a second, whatever this time is.
     */
    public long getRecheckMillis() {
        return recheckMillis;
    }

    /**
     * Sets after what time rights are decided again.
     *
     * @param recheckMillis 10 to 3,600,000
     */
    public SecurityOptions setRecheckMillis(long recheckMillis) {
        this.recheckMillis = recheckMillis;
        return this;
    }

    /** True if refusals and administrative acts are appended to the stream {@code _strandline/audit}. True by default. */
    public boolean isAudit() {
        return audit;
    }

    /** Sets whether there is an audit trail. */
    public SecurityOptions setAudit(boolean audit) {
        this.audit = audit;
        return this;
    }

    /**
     * Entries of the audit trail that are not durable yet, beyond which further ones are dropped. 1,000 by default. The number of dropped
     * ones is logged, and is in the next entry.
     */
    public int getMaxAuditQueue() {
        return maxAuditQueue;
    }

    /**
     * Sets the limit of entries that wait.
     *
     * @param maxAuditQueue 1 to 1,000,000
     */
    public SecurityOptions setMaxAuditQueue(int maxAuditQueue) {
        this.maxAuditQueue = maxAuditQueue;
        return this;
    }

    /** Age after which entries of the audit trail are removed, in milliseconds. 90 days by default. It is set when the stream is created. */
    public long getAuditAgeMillis() {
        return auditAgeMillis;
    }

    /**
     * Sets the age of the oldest entries.
     *
     * @param auditAgeMillis 1,000 to 3,153,600,000,000, or 0 for no bound
     */
    public SecurityOptions setAuditAgeMillis(long auditAgeMillis) {
        this.auditAgeMillis = auditAgeMillis;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("reloadMillis", reloadMillis, 10, 3_600_000);
        Limits.require("maxFailures", maxFailures, 1, 1_000_000);
        Limits.require("failureWindowMillis", failureWindowMillis, 100, 86_400_000);
        Limits.require("maxAddresses", maxAddresses, 1, 1_000_000);
        Limits.require("maxVerified", maxVerified, 0, 1_000_000);
        Limits.require("verifiedMillis", verifiedMillis, 0, 86_400_000);
        Limits.require("maxHashing", maxHashing, 1, 100_000);
        Limits.require("recheckMillis", recheckMillis, 10, 3_600_000);
        Limits.require("maxAuditQueue", maxAuditQueue, 1, 1_000_000);
        if (auditAgeMillis != 0) {
            Limits.require("auditAgeMillis", auditAgeMillis, 1_000, 3_153_600_000_000L);
        }
        if (tokens != null) {
            tokens.validate();
        }
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("rulesFile", rulesFile)
                .put("usersFile", usersFile)
                .put("tokens", tokens == null ? null : tokens.toJson())
                .put("certificates", certificates)
                .put("reloadMillis", reloadMillis)
                .put("maxFailures", maxFailures)
                .put("failureWindowMillis", failureWindowMillis)
                .put("maxAddresses", maxAddresses)
                .put("maxVerified", maxVerified)
                .put("verifiedMillis", verifiedMillis)
                .put("maxHashing", maxHashing)
                .put("recheckMillis", recheckMillis)
                .put("audit", audit)
                .put("maxAuditQueue", maxAuditQueue)
                .put("auditAgeMillis", auditAgeMillis);
    }
}
