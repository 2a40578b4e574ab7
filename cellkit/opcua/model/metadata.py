"""The NamespaceMetadata objects: the version of each namespace in this server, and whether it is a subset."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.namespaces import Namespace
from cellkit.opcua.model.nodes import set_value


def add_metadata(model: Model, namespace: Namespace, *, is_subset: bool) -> Instance:
    """Describe a registered namespace under ``Server/Namespaces``: of types, or without an alias of instances.

    Types have numeric NodeIds, instances string NodeIds. The description's own NodeId is in cellkit's namespace.
    """
    uris = model.value(ua.NodeId(ua.ObjectIds.Server_NamespaceArray), ua.AttributeIds.Value)
    kind = ua.IdType.Numeric if namespace.alias else ua.IdType.String
    described = instantiate(
        model,
        ua.NodeId(ua.ObjectIds.Server_Namespaces),
        "NamespaceMetadataType",
        ua.QualifiedName(namespace.uri, uris.index(namespace.uri)),
        node_id=ua.NodeId(f"Namespaces/{namespace.uri}", model.index("CK")),
    )
    values = {
        "NamespaceUri": ua.Variant(namespace.uri, ua.VariantType.String),
        "NamespaceVersion": ua.Variant(namespace.version, ua.VariantType.String),
        "NamespacePublicationDate": ua.Variant(namespace.published, ua.VariantType.DateTime),
        "IsNamespaceSubset": ua.Variant(is_subset, ua.VariantType.Boolean),
        "StaticNodeIdTypes": ua.Variant([kind], ua.VariantType.Int32),
        "StaticNumericNodeIdRange": ua.Variant([], ua.VariantType.String, is_array=True),
        "StaticStringNodeIdPattern": ua.Variant("", ua.VariantType.String),
    }
    for path, value in values.items():
        set_value(model, described[path], value)
    return described
