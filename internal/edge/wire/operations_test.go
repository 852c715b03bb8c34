package wire

import (
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// operation is a route with the type of its output, which only the typed row
// of the operation knows.
type operation struct {
	route     *smithy.Route
	newOutput func() any
}

func typed[In, Out any](o *smithy.Operation[In, Out]) operation {
	return operation{o.Route, func() any { return new(Out) }}
}

// operations is every operation, in the order of api.Routes.
func operations() []operation {
	return []operation{
		typed(api.AssociatePermission),
		typed(api.BatchDeleteDocument),
		typed(api.BatchPutDocument),
		typed(api.CancelSubscription),
		typed(api.Chat),
		typed(api.ChatSync),
		typed(api.CheckDocumentAccess),
		typed(api.CreateAnonymousWebExperienceURL),
		typed(api.CreateApplication),
		typed(api.CreateChatResponseConfiguration),
		typed(api.CreateDataAccessor),
		typed(api.CreateDataSource),
		typed(api.CreateIndex),
		typed(api.CreatePlugin),
		typed(api.CreateRetriever),
		typed(api.CreateSubscription),
		typed(api.CreateUser),
		typed(api.CreateWebExperience),
		typed(api.DeleteApplication),
		typed(api.DeleteAttachment),
		typed(api.DeleteChatControlsConfiguration),
		typed(api.DeleteChatResponseConfiguration),
		typed(api.DeleteConversation),
		typed(api.DeleteDataAccessor),
		typed(api.DeleteDataSource),
		typed(api.DeleteGroup),
		typed(api.DeleteIndex),
		typed(api.DeletePlugin),
		typed(api.DeleteRetriever),
		typed(api.DeleteUser),
		typed(api.DeleteWebExperience),
		typed(api.DisassociatePermission),
		typed(api.GetApplication),
		typed(api.GetChatControlsConfiguration),
		typed(api.GetChatResponseConfiguration),
		typed(api.GetDataAccessor),
		typed(api.GetDataSource),
		typed(api.GetDocumentContent),
		typed(api.GetGroup),
		typed(api.GetIndex),
		typed(api.GetMedia),
		typed(api.GetPlugin),
		typed(api.GetPolicy),
		typed(api.GetRetriever),
		typed(api.GetUser),
		typed(api.GetWebExperience),
		typed(api.ListApplications),
		typed(api.ListAttachments),
		typed(api.ListChatResponseConfigurations),
		typed(api.ListConversations),
		typed(api.ListDataAccessors),
		typed(api.ListDataSourceSyncJobs),
		typed(api.ListDataSources),
		typed(api.ListDocuments),
		typed(api.ListGroups),
		typed(api.ListIndices),
		typed(api.ListMessages),
		typed(api.ListPluginActions),
		typed(api.ListPluginTypeActions),
		typed(api.ListPluginTypeMetadata),
		typed(api.ListPlugins),
		typed(api.ListRetrievers),
		typed(api.ListSubscriptions),
		typed(api.ListTagsForResource),
		typed(api.ListWebExperiences),
		typed(api.PutFeedback),
		typed(api.PutGroup),
		typed(api.SearchRelevantContent),
		typed(api.StartDataSourceSyncJob),
		typed(api.StopDataSourceSyncJob),
		typed(api.TagResource),
		typed(api.UntagResource),
		typed(api.UpdateApplication),
		typed(api.UpdateChatControlsConfiguration),
		typed(api.UpdateChatResponseConfiguration),
		typed(api.UpdateDataAccessor),
		typed(api.UpdateDataSource),
		typed(api.UpdateIndex),
		typed(api.UpdatePlugin),
		typed(api.UpdateRetriever),
		typed(api.UpdateSubscription),
		typed(api.UpdateUser),
		typed(api.UpdateWebExperience),
	}
}
