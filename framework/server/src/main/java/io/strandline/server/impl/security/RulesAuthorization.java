package io.strandline.server.impl.security;

import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import io.strandline.server.security.AccessRules;
import io.strandline.server.security.Authorization;
import io.strandline.server.security.Identity;
import io.vertx.core.Future;

/** The rules of a file, as they were read last. */
final class RulesAuthorization implements Authorization {

    private final FileWatch<AccessRules> rules;

    RulesAuthorization(FileWatch<AccessRules> rules) {
        this.rules = rules;
    }

    @Override
    public Future<Boolean> may(Identity who, Right needed, Resource resource) {
        return Future.succeededFuture(rules.current().may(who, needed, resource));
    }

    @Override
    public long version() {
        return rules.version();
    }
}
